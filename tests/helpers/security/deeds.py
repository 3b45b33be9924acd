"""Each function that asks for a permission, with what it needs to find."""

from tests.helpers.security.deeds_at_the_desk import AT_THE_DESK
from tests.helpers.security.deeds_of_the_office import OF_THE_OFFICE

DEEDS = (*AT_THE_DESK, *OF_THE_OFFICE)
