"""What can be proved of a problem: the exact model, a bound, a reason for each job left out."""
