"""What a touch on the desk's drawings opens."""

from dashboard.core.board import Board
from dashboard.core.dialog import open_dialog
from dashboard.core.surface import Touch
from dashboard.views.desk.dialogs import incident, road, street
from dashboard.views.desk.dialogs.plan import job, manual_change, move
from ops.auth.permissions import Action


def answer(board: Board, touched: Touch) -> None:
    """Open what a hand has touched; what is not there opens as such."""
    if touched.kind == "job":
        manual_change.forget()
        open_dialog(board, "desk.job_title", job.steps, touched.id, wide=True)
    elif touched.kind == "move" and touched.start_at and board.may(Action.CHANGE_PLAN):
        manual_change.forget()
        facts = touched.id, touched.unit, touched.to, touched.start_at
        open_dialog(board, "chart.move_title", move.steps, *facts, wide=True)
    elif touched.kind == "matter":
        open_dialog(board, "desk.incident_title", incident.steps, wide=True)
    elif touched.kind == "closure":
        open_dialog(board, "desk.street_title", street.steps, wide=True)
    elif touched.kind == "road":
        road.forget()
        open_dialog(board, "road.title", road.steps, touched.id, wide=True)
