"""Running a stage of a recipe: from a checkpoint, the cache, or trained by skorch."""

from skdeepcluster.training.cache import train_cached
from skdeepcluster.training.run import Run
from skdeepcluster.training.stage import Stage


def train_stage(run: Run, stage: Stage) -> None:
    """Run a stage, unless a callback has stopped the fit.

    Parameters
    ----------
    run : Run
        Its network is trained in place and its history is extended.
    stage : Stage
    """
    run.last_stage = stage.name
    if run.stopped or stage.epochs == 0:
        return
    kept = run.checkpoint
    if kept is not None and kept.restore_stage(run, stage):
        run.stopped |= run.end(run.begin(stage), stage)
        return
    # skorch callbacks may change the training in any way; others would wait for the
    # process that holds the entry.
    alone = not run.callbacks and run.processes is None
    if stage.cached and run.memory is not None and alone:
        train_cached(run, stage, _train)
    else:
        _train(run, stage)
    if kept is None or run.interruption.stage is not None:
        return
    try:
        kept.save_stage(run, stage)
    except KeyboardInterrupt:  # it has waited for this
        if not run.interruption.keeps:
            raise
        epochs = sum(row["stage"] == stage.name for row in run.history)
        run.interruption.end(stage.name, epochs)
        run.stopped = True


def _train(run: Run, stage: Stage) -> None:
    # Imported here, so that importing the package does not import skorch.
    from skdeepcluster.training.net import StageNet

    if run.processes is not None:
        run.processes.share(run.network)
    try:
        run.stopped = StageNet(run, stage).train()
    finally:
        if run.progress is not None:
            run.progress.stage(stage.name)
