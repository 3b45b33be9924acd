"""The running program: the loop and its ticks, the processes, backup and health."""
