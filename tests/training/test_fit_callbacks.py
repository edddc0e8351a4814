"""What scikit-learn's callbacks are told of."""

from skdeepcluster.training import FitCallbacks


class Context:
    """A node of scikit-learn's tree that writes down what happens to it."""

    def __init__(self, events, name="fit"):
        self.events, self.name = events, name

    def subcontext(self, task_name, **size):
        self.events.append(("subtask", task_name, size))
        return Context(self.events, task_name)

    def call_on_fit_task_begin(self, estimator, X, y):
        self.events.append(("begin", self.name, X, y))

    def call_on_fit_task_end(self, estimator, X, y, reconstruction_attributes):
        self.events.append(("end", self.name, reconstruction_attributes))
        return self.name == "epoch"


class Estimator:
    def __init__(self):
        self.events = []

    def _init_callback_context(self, max_subtasks):
        return Context(self.events)


def test_tasks_begin_and_end_with_the_callers_data():
    estimator = Estimator()
    fit = FitCallbacks.of_fit(estimator, "X", "y")
    stage = fit.begin("stage", 5)
    epoch = stage.begin("epoch")
    assert epoch.end({"module_": 1}) is True
    assert stage.end(None) is False
    assert estimator.events == [
        ("begin", "fit", "X", "y"),
        ("subtask", "stage", {"max_subtasks": 5}),
        ("begin", "stage", "X", "y"),
        ("subtask", "epoch", {}),
        ("begin", "epoch", "X", "y"),
        ("end", "epoch", {"module_": 1}),
        ("end", "stage", None),
    ]
    assert not fit.watched
