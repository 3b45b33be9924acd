"""The command line ``xunban``: one file for each group of commands. Nobody imports it."""
