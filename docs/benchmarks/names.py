"""Names of the data sets and of their variants, as readers know them."""

NAMES = {
    "breast_cancer": "breast cancer",
    "coil20": "COIL-20",
    "fashion_mnist": "Fashion-MNIST",
    "mnist": "MNIST",
    "mnist_10k": "MNIST, 10 000 rows",
    "movement_libras": "movement (libras)",
    "mv_bdgp": "BDGP",
    "mv_handwritten": "handwritten",
    "mv_mnist_usps": "MNIST-USPS",
    "mv_wikipedia": "Wikipedia",
    "noisy_mnist": "NoisyMNIST, 10 000 rows",
    "pendigits": "pen digits",
    "pendigits_1k": "pen digits, 1000 rows",
    "sc_10x_pbmc": "10X PBMC",
    "usps": "USPS",
    "usps_3k": "USPS, 3000 rows",
    # Tables of results.
    "mixed": "rows of different modalities",
    "multiview": "several views",
    "parameters": "parameters and tables",
    "peers": "other packages",
    "tables": "planted tables",
    # Variants, after a comma.
    **{f"{n}% in both": f"{n} % of rows in both" for n in (1, 5, 20)},
    **{f"{n}% missing": f"{n} % of rows lack a view" for n in (10, 30, 50, 70)},
    "first modality": "rows of the first modality",
    "second modality": "rows of the second modality",
}


def display_name(name):
    """Name of a data set of the result files, as it is shown."""
    return ", ".join(
        NAMES.get(part, part.replace("_", " ")) for part in name.split(", ")
    )
