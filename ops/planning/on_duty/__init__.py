"""Who and what there is to plan with: turns, meals, squads, machines, their pace. Pure."""
