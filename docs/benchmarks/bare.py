"""Hand-written training loops for the networks of the methods.

They are the baseline for speed: the same layers, losses, optimisers and batches,
without anything else that an estimator does. Each runs a number of epochs on a tensor
of rows, on its device.
"""

from contextlib import nullcontext
from itertools import pairwise

import torch
import torch.nn.functional as F
from sklearn.cluster import KMeans

from skdeepcluster.losses import (
    attention_loss,
    balance_loss,
    clustering_loss,
    coassignment_loss,
    consistency_loss,
    critic_loss,
    gaussian_kernel,
    generator_loss,
    kl_sparsity,
    label_features,
    nt_xent,
    pair_loss,
    pair_similarities,
    separation_loss,
    simplex_loss,
    soft_assignment,
    target_distribution,
)
from skdeepcluster.networks import MLP

HIDDEN, BATCH = (500, 500, 2000), 256


def batches(X, epochs, size=BATCH):
    """Positions of the rows of each batch, of about ``size`` rows."""
    ends = list(range(size, len(X), size))
    if ends and 4 * (len(X) - ends[-1]) < size:  # like our batches, no short last one
        ends.pop()
    for _ in range(epochs):
        yield from torch.randperm(len(X), device=X.device).tensor_split(ends)


def autocast(X, bfloat16):
    if not bfloat16:
        return nullcontext()
    return torch.autocast(X.device.type, torch.bfloat16)


def adam(parameters, lr=1e-3, **betas):
    return torch.optim.Adam(parameters, lr=lr, fused=True, **betas)


def step(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


class Embedded:
    """DEC, IDEC and DSSEC: encoder, decoder and centres.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_features)
    n_clusters : int
    method : {"DEC", "IDEC", "DSSEC"}
    bfloat16 : bool
    """

    def __init__(self, X, n_clusters, method="IDEC", bfloat16=False, hidden=HIDDEN):
        self.X, self.method, self.bfloat16 = X, method, bfloat16
        self.n_clusters, self.hidden = n_clusters, hidden
        self.reset()

    def reset(self):
        torch.manual_seed(0)
        X, hidden, n_clusters = self.X, self.hidden, self.n_clusters
        d = X.shape[1]
        self.encoder = MLP([d, *hidden, 10]).to(X.device)
        self.decoder = MLP([10, *reversed(hidden), d]).to(X.device)
        centers = torch.randn(n_clusters, 10, device=X.device)
        self.centers = torch.nn.Parameter(centers)

    def pretrain(self, epochs=1):
        both = (*self.encoder.parameters(), *self.decoder.parameters())
        optimizer = adam(both)
        for index in batches(self.X, epochs):
            step(optimizer, self._reconstruction(self.X[index])[1])

    def cluster(self, epochs=1):
        trained = [*self.encoder.parameters(), self.centers]
        if self.method != "DEC":
            trained += self.decoder.parameters()
        optimizer = adam(trained)
        interval = max(1, round(-(-len(self.X) // BATCH) / 2))
        for i, index in enumerate(batches(self.X, epochs)):
            if i % interval == 0:
                q = soft_assignment(self.encode(2048), self.centers)
                target = target_distribution(q).detach()
            x = self.X[index]
            if self.method == "DEC":
                with autocast(x, self.bfloat16):
                    z, loss = self.encoder(x), 0
            else:
                z, loss = self._reconstruction(x)
            weight = 1.0 if self.method == "DEC" else 0.1
            q = soft_assignment(z.float(), self.centers)
            step(optimizer, loss + weight * clustering_loss(target[index], q))

    def fit(self, epochs):
        self.reset()
        self.pretrain(epochs)
        with torch.no_grad():
            z = self.encoder(self.X)
        kmeans = KMeans(len(self.centers), n_init=20, random_state=0).fit(z.cpu())
        self.centers.data = torch.from_numpy(kmeans.cluster_centers_).to(z.device)
        self.cluster(epochs)

    @torch.no_grad()
    def encode(self, size):
        with autocast(self.X, self.bfloat16):
            return torch.cat([self.encoder(x).float() for x in self.X.split(size)])

    def _reconstruction(self, x):
        with autocast(x, self.bfloat16):
            if self.method != "DSSEC":
                z = self.encoder(x)
                return z, F.mse_loss(self.decoder(z).float(), x)
            z, hidden = self.encoder.forward_with_hidden(x)
            loss = F.mse_loss(self.decoder(z).float(), x)
            return z, loss + 0.01 * sum(kl_sparsity(h, 0.05) for h in hidden)


def contrast(X, network, augment, epochs, bfloat16):
    """ContrastiveClustering, its augmentation included."""
    generator = torch.Generator(X.device).manual_seed(0)
    optimizer = adam(network.parameters())
    network.train()
    for index in batches(X, epochs):
        x = X[index]
        copies = torch.cat([augment(x, generator), augment(x, generator)])
        with autocast(x, bfloat16):
            z, y = network(copies)
        (z_a, z_b), (y_a, y_b) = z.chunk(2), y.chunk(2)
        loss = nt_xent(z_a, z_b, 0.5) + nt_xent(y_a.T, y_b.T, 1.0)
        for mass in (y_a.mean(0), y_b.mean(0)):
            loss = loss + (mass * mass.log()).sum()
        step(optimizer, loss)


def adapt(X, network, augment, epochs, bfloat16, augment_pairs=False):
    """DAC with balance and consistency, its augmentation included."""
    generator = torch.Generator(X.device).manual_seed(0)
    optimizer = torch.optim.RMSprop(network.parameters(), lr=1e-3, alpha=0.9)
    network.train()
    n_batches = -(-len(X) // BATCH)
    for i, index in enumerate(batches(X, epochs)):
        progress = i // n_batches / max(1, epochs - 1)
        upper, lower = 0.95 - 0.45 * progress, 0.455 + 0.045 * progress
        x = X[index]
        changed = augment(x, generator)
        with autocast(x, bfloat16), torch.set_grad_enabled(not augment_pairs):
            a = network(x)
            answers = pair_similarities(label_features(a))
        with autocast(x, bfloat16):
            a_changed = network(changed)
        y, y_changed = a.softmax(1), a_changed.softmax(1)
        g = pair_similarities(label_features(a_changed)) if augment_pairs else answers
        loss = pair_loss(g, upper, lower, answers)
        loss = loss + balance_loss(y_changed if augment_pairs else y)
        loss = loss + consistency_loss(y_changed, y)
        step(optimizer, loss)


def fuse(X, network, epochs, bfloat16):
    """EAMC with both players on two scaled views without missing rows."""
    critic, encoders = network.critics[0], network.encoders
    body = [p for n, p in network.named_parameters() if "critics" not in n]
    optimizer = adam(body, betas=(0.95, 0.999))
    rival = adam(critic.parameters(), 1e-4, betas=(0.5, 0.999))
    network.train()
    for index in batches(X, epochs):
        x = X[index]
        with autocast(x, bfloat16):
            h = [
                encoder(v).float()
                for encoder, v in zip(encoders, x.chunk(2, 1), strict=True)
            ]
            w = network.attention(torch.cat(h, 1)).float().softmax(1).mean(0)
            fused = w[0] * h[0] + w[1] * h[1]
            u = network.hidden(fused)
            a = network.output(u).float().softmax(1)
            kernel = gaussian_kernel(u)
            kernels = torch.stack([gaussian_kernel(v) for v in h])
            loss = separation_loss(a, kernel) + simplex_loss(a, kernel)
            loss = loss + coassignment_loss(a)
            loss = loss + attention_loss(gaussian_kernel(fused), kernels, w)
            loss = loss + 0.1 * generator_loss(critic(h[1]).float())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(body, 0.5)
        optimizer.step()
        with autocast(x, bfloat16):
            real, fake = critic(h[0].detach()), critic(h[1].detach())
            loss = critic_loss(real.float(), fake.float())
        step(rival, loss)


def translate(tables, network, epochs, bfloat16):
    """DM2C with both players and all terms, on separate scaled modalities."""
    parts, critics = [network.modality(0), network.modality(1)], network.critics
    there, back = network.from_hub[1], network.to_hub[1]
    bodies = [
        p for m in parts for net in (m.encoder, m.decoder) for p in net.parameters()
    ]
    translators = [*there.parameters(), *back.parameters()]
    groups = [{"params": bodies}, {"params": translators}]
    optimizer = torch.optim.RMSprop(groups, lr=1e-3)
    rival = torch.optim.RMSprop(critics.parameters(), lr=1e-3)
    mse = F.mse_loss
    network.train()
    orders = [batches(table, epochs, BATCH // 2) for table in tables]
    for index in zip(*orders, strict=True):
        x = [table[i] for table, i in zip(tables, index, strict=True)]
        with autocast(x[0], bfloat16):
            z = [m.encoder(v).float() for m, v in zip(parts, x, strict=True)]
            fake = [back(z[1]).float(), there(z[0]).float()]
            cycled = [back(fake[1]).float(), there(fake[0]).float()]
            loss = 0
            for v in range(2):
                loss = loss + mse(parts[v].decoder(z[v]).float(), x[v])
                loss = loss + (z[v].detach() - cycled[v]).abs().mean()
                loss = loss + mse(parts[v].decoder(cycled[v]).float(), x[v])
                loss = loss - 0.5 * critics[v](fake[v]).float().mean()
        step(optimizer, loss)
        with autocast(x[0], bfloat16):
            loss = 0
            for v in range(2):
                loss = loss + 0.5 * critics[v](fake[v].detach()).float().mean()
                loss = loss - 0.5 * critics[v](z[v].detach()).float().mean()
        step(rival, loss)
        with torch.no_grad():
            for parameter in critics.parameters():
                parameter.clamp_(-0.05, 0.05)


def products(X, hidden=HIDDEN):
    """The matrix products of an epoch of an auto-encoder, in float32: a lower bound."""
    n, d = X.shape
    widths = [d, *hidden, 10, *reversed(hidden), d]
    layers = [
        [
            torch.randn(*shape, device=X.device)
            for shape in ((BATCH, a), (a, b), (BATCH, b))
        ]
        for a, b in pairwise(widths)
    ]
    for _ in range(-(-n // BATCH)):
        for i, (x, w, g) in enumerate(layers):
            x @ w
            x.T @ g
            if i:  # no gradient for the data
                g @ w.T
