"""From a warning to the plan and back: intake, risk, tasks, plan, notices, reports."""
