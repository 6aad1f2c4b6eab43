"""The known answers: what theory says about small worlds, in plain functions of their parameters.

Nothing here imports anything of the simulator, so that a shared mistake would have to be made twice. Times are in any one
unit (the cases use hours) and rates are per that unit. Each function names the law it follows; all were checked against
the published or independently simulated figures in `tests/test_closed_forms.py`.
"""
