# SPDX-License-Identifier: Apache-2.0
"""Renders the training set, trains the network, writes roadsigns.onnx.

    /usr/bin/python3 train.py --cache /tmp/roadsigns

The cache keeps the rendered images (about 0.7 GB) outside of the repository. The held-out evaluation set plays no part
here: the accuracy printed after each epoch is measured on a validation set with a seed of its own.
"""
import argparse
import multiprocessing
import os
import time

import numpy as np
import torch
from torch import nn

import model as net
import render

HERE = os.path.dirname(os.path.abspath(__file__))
N_TRAIN, N_VALIDATE = 20000, 1600
MARGIN = 8           # training images are rendered larger and cut at random
BATCH, EPOCHS = 64, 7
PEAK_RATE, DECAY = 0.12, 5e-4
SEED = 7


def render_one(job):
    seed, index, size = job
    return render.scene(seed, index, render.class_of(index), size, size)


def rendered(cache, name, seed, count, size):
    """The image set [count, size, size, 3], from the cache file if it is there."""
    path = os.path.join(cache, f"{name}_{count}_{size}.npy")
    if not os.path.exists(path):
        images = np.empty((count, size, size, 3), np.uint8)
        with multiprocessing.Pool() as pool:
            jobs = ((seed, i, size) for i in range(count))
            for i, image in enumerate(pool.imap(render_one, jobs, chunksize=64)):
                images[i] = image
        np.save(path, images)
    return torch.from_numpy(np.load(path))


def labels(count):
    return torch.tensor([render.class_of(i) for i in range(count)])


def random_batch(images, rows, generator):
    """Cuts each image at its own random place and varies the light a little."""
    x = torch.empty(len(rows), net.SIZE, net.SIZE, 3, dtype=torch.uint8)
    places = torch.randint(0, MARGIN + 1, (len(rows), 2), generator=generator).tolist()
    for k, (row, (dy, dx)) in enumerate(zip(rows.tolist(), places)):
        x[k] = images[row, dy:dy + net.SIZE, dx:dx + net.SIZE]
    x = net.normalize(x)
    gain = 0.8 + 0.4 * torch.rand(len(rows), 1, 1, 1, generator=generator)
    lift = 0.4 * torch.rand(len(rows), 3, 1, 1, generator=generator) - 0.2
    return (x * gain + lift).contiguous(memory_format=torch.channels_last)


def accuracy(model, images, truth):
    model.eval()
    right = 0
    with torch.no_grad():
        for i in range(0, len(images), 100):
            right += (model(net.normalize(images[i:i + 100])).argmax(1) == truth[i:i + 100]).sum().item()
    return right / len(images)


def fit(model, images, truth, validate, validate_truth):
    generator = torch.Generator().manual_seed(SEED)
    steps = len(images) // BATCH
    optimizer = torch.optim.SGD(model.parameters(), lr=PEAK_RATE, momentum=0.9, nesterov=True, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, total_steps=EPOCHS * steps, pct_start=0.25)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    start = time.time()
    for epoch in range(EPOCHS):
        model.train()
        order = torch.randperm(len(images), generator=generator)
        total = 0.0
        for step in range(steps):
            rows = order[step * BATCH:(step + 1) * BATCH]
            loss = loss_of(model(random_batch(images, rows, generator)), truth[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}/{EPOCHS}  loss {total / steps:.4f}  "
              f"validation {accuracy(model, validate, validate_truth):.4f}  {time.time() - start:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cache", required=True, help="folder for rendered images, outside of the repository")
    parser.add_argument("--out", default=os.path.join(HERE, "roadsigns.onnx"))
    args = parser.parse_args()
    os.makedirs(args.cache, exist_ok=True)
    torch.set_num_threads(2)
    torch.manual_seed(SEED)

    start = time.time()
    images = rendered(args.cache, "train", render.SEED_TRAIN, N_TRAIN, net.SIZE + MARGIN)
    validate = rendered(args.cache, "validate", render.SEED_VALIDATE, N_VALIDATE, net.SIZE)
    print(f"images ready after {time.time() - start:.0f} s", flush=True)

    model = net.RoadSigns().to(memory_format=torch.channels_last)
    print(f"{net.count_parameters(model)} parameters, {net.count_macs(model)} MACs", flush=True)
    fit(model, images, labels(N_TRAIN), validate, labels(N_VALIDATE))
    model = model.to(memory_format=torch.contiguous_format)
    net.separate_shifts(model)
    torch.save(model.state_dict(), os.path.join(args.cache, "roadsigns.pt"))
    net.export(model, args.out)
    print(f"wrote {args.out}: {os.path.getsize(args.out)} bytes, {time.time() - start:.0f} s in all")


if __name__ == "__main__":
    main()
