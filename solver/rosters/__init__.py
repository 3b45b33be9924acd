"""Who works when: the teams of a shift, a month's roster. What is asked, the referee, the model."""
