"""The cases of the street (案件): their page and what is done with one."""
