"""What a storm, an incident or a dry day asks for: the tasks, before anybody is named. Pure."""
