"""What crews, stations and citizens report, and what it makes of jobs and incidents."""
