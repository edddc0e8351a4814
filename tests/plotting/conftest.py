import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from sklearn.datasets import make_blobs
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepcluster import IDEC

mpl.use("Agg")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def blobs():
    return make_blobs(90, centers=3, n_features=5, random_state=0)


@pytest.fixture(scope="session")
def pipeline(blobs):
    epochs = {"pretrain_epochs": 4, "max_iter": 3, "tol": 0}
    idec = IDEC(3, hidden_layer_sizes=(8,), n_components=4, random_state=0, **epochs)
    return make_pipeline(StandardScaler(), idec).fit(blobs[0])
