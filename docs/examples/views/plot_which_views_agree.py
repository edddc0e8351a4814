"""
Which views agree?
==================

A table has columns from visits, a laboratory and a questionnaire, and not every patient
has been in the laboratory. Before clustering such a table, look at which of its sources
agree.
"""

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepcluster import NeighborClustering
from skdeepcluster.plotting import ViewAgreementDisplay
from skdeepcluster.profile import cluster_profile

# %%
# Four kinds of patients, who differ in what was measured at visits and in the
# laboratory. The questionnaire says nothing about them, and a third of the patients
# lack the laboratory.

rng = np.random.RandomState(0)
kind = rng.choice(4, 600, p=[0.5, 0.25, 0.15, 0.1])


def measured(*names, spread):
    """Columns around a centre for each kind of patient, which spread as given."""
    centers = spread * rng.normal(size=(4, len(names)))
    values = centers[kind] + rng.normal(size=(len(kind), len(names)))
    return pd.DataFrame(values, columns=names)


frame = pd.concat(
    [
        measured("age", "weight", "pressure", "pulse", "steps", spread=1.8),
        measured("hb", "crp", "glucose", "creatinine", spread=1.8),
        measured("mood", "sleep", "appetite", spread=0),
    ],
    axis=1,
)
frame["age"] = 50 + 12 * frame["age"]  # units as they are
views = {
    "visit": ["age", "weight", "pressure", "pulse", "steps"],
    "lab": ["hb", "crp", "glucose", "creatinine"],
    "questions": ["mood", "sleep", "appetite"],
}
frame.loc[rng.permutation(600)[:200], views["lab"]] = np.nan

# %%
# Without any training, ``max_iter=0``, the neighbours of the rows in each view are
# known. Those at visits and in the laboratory agree; the questionnaire agrees with
# neither.

scale = StandardScaler().set_output(transform="pandas")
look = NeighborClustering(4, views=views, max_iter=0, random_state=0)
ViewAgreementDisplay.from_estimator(make_pipeline(scale, look).fit(frame))

# %%
# In the fit, the questionnaire loses its vote by itself, and patients without a
# laboratory are clustered by their visits.

clusterer = NeighborClustering(4, views=views, random_state=0)
model = make_pipeline(scale, clusterer).fit(frame)
pd.Series(clusterer.view_weights_, index=list(clusterer.views_)).round(2)

# %%
pd.crosstab(kind, clusterer.labels_)

# %%
# What the clusters are, in the units of the frame:

cluster_profile(model, frame)["mean"].round(1).transpose()
