"""The till inside the terminal process: what is offered, what was sold, the shift and its report. No HTTP, no page."""
