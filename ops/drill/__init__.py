"""The same planning loop against a simulated storm on simulated streets (extra ``drill``)."""
