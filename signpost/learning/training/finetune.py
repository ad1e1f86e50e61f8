"""Tunes the sentence encoder to this subject: six layers, one head a label, all labels at once.

The embeddings stay as they are. The heads used here are thrown away: `make train` fits its own on the tuned
vectors.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from typing import Iterator, Sequence

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from signpost.files import ROOT
from signpost.learning.training.disturb import disturb
from signpost.learning.training.tunable_encoder import TunableEncoder
from signpost.understanding.encoder import Pieces, SentenceEncoder, WindowEncoder, pad
from signpost.understanding.heads import (
    OUTPUTS,
    SLOT_OF,
    Output,
    choice_outputs,
    known,
    truth,
    yes_no_columns,
    yes_no_outputs,
)
from signpost.understanding.labels import ANY_OF, ONE_OF, LabelledMessage, data_hash
from signpost.understanding.surface import with_earlier

# What matters most weighs more.
HEAVY = ("danger", "despair")
# Encoders that were tuned once stay here, each by what it was tuned on and how; not in the repository.
KEPT = ROOT / "reports" / "encoders"


@dataclass(frozen=True)
class Recipe:
    """How the encoder is tuned."""

    epochs: int = 3
    batch: int = 32
    peak_rate: float = 2e-4
    warmup: float = 0.1  # share of the steps in which the rate rises
    danger_weight: float = 3.0  # danger is what matters most
    topic_weight: float = 2.0  # which topic a question asks about, among all topics
    keep_weight: float = 10.0  # what the untuned encoder knew can still be read off the tuned vector
    change_share: float = 0.5  # share of messages whose surface is changed, anew in each epoch
    longest_pieces: int = 96  # messages are cut here while tuning; 95 % are shorter
    seed: int = 7


def tune(
    messages: Sequence[LabelledMessage], recipe: Recipe = Recipe(), *, quiet: bool = False
) -> TunableEncoder:
    """Tune a fresh encoder on labelled messages and return it; reproducible by seed on one machine."""
    tf.keras.utils.set_random_seed(recipe.seed)
    _multiply_in_bfloat16(True)
    encoder = TunableEncoder(tuned=False)
    intents = sorted({message.intent for message in messages})
    wanted, told = truth(messages).astype(np.float32), known(messages).astype(np.float32)
    intent_of = np.array([intents.index(message.intent) for message in messages], np.int32)
    head = tf.keras.layers.Dense(len(OUTPUTS) + len(intents), dtype=tf.float32)
    head.build((None, encoder.width))
    head.bias.assign(_prior(wanted, told, len(intents)))
    untuned = _untuned_vectors(messages)
    recall = tf.keras.layers.Dense(untuned.shape[1], dtype=tf.float32)
    recall.build((None, encoder.width))
    weights = [*encoder.tunable().values(), *head.trainable_weights, *recall.trainable_weights]
    steps = recipe.epochs * -(-len(messages) // recipe.batch)
    optimizer = tf.keras.optimizers.Adam(_Schedule(recipe.peak_rate, steps, recipe.warmup))

    signature = [tf.TensorSpec([None, None], tf.int32)] * 2 + [
        tf.TensorSpec([None, len(OUTPUTS)]),
        tf.TensorSpec([None, len(OUTPUTS)]),
        tf.TensorSpec([None], tf.int32),
        tf.TensorSpec([None, untuned.shape[1]]),
    ]

    @tf.function(input_signature=signature)
    def step(
        ids: tf.Tensor,
        mask: tf.Tensor,
        labels: tf.Tensor,
        told: tf.Tensor,
        intent: tf.Tensor,
        before: tf.Tensor,
    ) -> tf.Tensor:
        with tf.GradientTape() as tape:
            vectors = tf.nn.dropout(encoder.pool(ids, mask, training=True), 0.1)
            loss = _loss(head(vectors), labels, told, intent, recipe)
            recalled = tf.math.l2_normalize(recall(vectors), axis=1)
            loss += recipe.keep_weight * (1.0 - tf.reduce_mean(tf.reduce_sum(recalled * before, axis=1)))
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, weights), 1.0)
        optimizer.apply_gradients(zip(gradients, weights))
        return loss

    done = 0
    with tqdm(total=steps, desc="tuning", unit="step", disable=quiet) as bar:
        for epoch in range(recipe.epochs):
            for rows, (ids, mask) in _batches(messages, encoder, recipe, epoch):
                loss = step(ids, mask, wanted[rows], told[rows], intent_of[rows], untuned[rows])
                done += 1
                bar.update()
                if done % 20 == 0:
                    bar.set_postfix(loss=f"{float(loss):.3f}")
    _multiply_in_bfloat16(False)
    return encoder


def _untuned_vectors(messages: Sequence[LabelledMessage]) -> np.ndarray:
    """What the encoder made of the messages before any tuning, (messages, 384), each of length one.

    Topics have few messages each. The untuned encoder tells them apart, and tuning for all labels forgets it
    (learning without forgetting: Li and Hoiem, 2016).
    """
    encoder = SentenceEncoder(tuned=False)
    texts = [with_earlier(message.text, message.earlier) for message in messages]
    means = np.stack([vectors[:, : encoder.width // 2].mean(axis=0) for vectors in encoder.encode(texts)])
    return (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)


def _multiply_in_bfloat16(on: bool) -> None:
    """Whether graphs traced from now on multiply in bfloat16 where the processor can: a fifth less time a
    step."""
    tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": on})


def tuned_once(messages: Sequence[LabelledMessage], recipe: Recipe = Recipe()) -> TunableEncoder:
    """The same, from an earlier run's file if there is one: an interrupted tuning resumes where it
    stopped."""
    path = (
        KEPT / f"{hashlib.sha256((data_hash(messages) + repr(recipe)).encode()).hexdigest()[:16]}.safetensors"
    )
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        tune(messages, recipe).save_layers(part)
        part.replace(path)
    encoder = TunableEncoder(tuned=False)
    encoder.load_layers(path)
    return encoder


class _Schedule(tf.keras.optimizers.schedules.LearningRateSchedule):
    """Rises in a straight line, then falls in a straight line to zero."""

    def __init__(self, peak: float, steps: int, warmup: float) -> None:
        self.peak, self.steps, self.rise = peak, float(steps), max(1.0, warmup * steps)

    def __call__(self, step: int) -> tf.Tensor:
        step = tf.cast(step, tf.float32)
        return self.peak * tf.minimum(
            step / self.rise, tf.maximum(0.0, (self.steps - step) / (self.steps - self.rise))
        )


def _prior(wanted: np.ndarray, told: np.ndarray, intents: int) -> np.ndarray:
    """Bias to start from, shape (outputs + intents,): how often each output that holds or not does hold, as
    log-odds; without it the first steps learn nothing else."""
    share = np.clip((wanted * told).sum(axis=0) / np.maximum(told.sum(axis=0), 1.0), 1e-4, 1 - 1e-4)
    bias = np.zeros(len(OUTPUTS) + intents, np.float32)
    columns = yes_no_columns()
    bias[columns] = np.log(share[columns] / (1 - share[columns]))
    return bias


def _loss(
    scores: tf.Tensor, labels: tf.Tensor, told: tf.Tensor, intent: tf.Tensor, recipe: Recipe
) -> tf.Tensor:
    """Sum over the labels of the mean cross-entropy of the messages that do not leave the label open."""
    yes_no = [SLOT_OF[output] for output in yes_no_outputs()]
    importance = np.ones(len(yes_no), np.float32)
    for label in HEAVY:
        importance[yes_no.index(SLOT_OF[Output(label, "yes")])] = recipe.danger_weight
    binary = tf.nn.sigmoid_cross_entropy_with_logits(
        tf.gather(labels, yes_no, axis=1), tf.gather(scores, yes_no, axis=1)
    )
    total = tf.reduce_mean(tf.reduce_sum(binary * importance * tf.gather(told, yes_no, axis=1), axis=1))
    for label in ONE_OF:
        columns = [SLOT_OF[output] for output in choice_outputs(label)]
        choice = tf.nn.softmax_cross_entropy_with_logits(
            tf.gather(labels, columns, axis=1), tf.gather(scores, columns, axis=1)
        )
        total += tf.reduce_mean(choice * told[:, columns[0]])
    # Each topic is rare, and told apart slowly by yes and no alone.
    topics = [SLOT_OF[Output("asks", value)] for value in ANY_OF["asks"]]
    asked = tf.gather(labels * told, topics, axis=1)
    number = tf.reduce_sum(asked, axis=1)
    which = tf.nn.softmax_cross_entropy_with_logits(
        tf.math.divide_no_nan(asked, number[:, None]), tf.gather(scores, topics, axis=1)
    )
    total += recipe.topic_weight * tf.reduce_mean(tf.where(number > 0, which, 0.0))
    return total + tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(intent, scores[:, len(OUTPUTS) :])
    )


def _batches(
    messages: Sequence[LabelledMessage], encoder: WindowEncoder, recipe: Recipe, epoch: int
) -> Iterator[tuple[list[int], tuple[np.ndarray, np.ndarray]]]:
    """Rows and padded pieces, batches of like length in random order, slips drawn anew."""
    chance = random.Random(recipe.seed * 1000 + epoch)
    pieces = []
    for message in messages:
        said = disturb(message.text, chance) if chance.random() < recipe.change_share else message.text
        text = with_earlier(said, message.earlier)
        ids = encoder.tokenizer.encode(text).ids
        pieces.append(
            Pieces(
                tuple(
                    ids if len(ids) <= recipe.longest_pieces else [*ids[: recipe.longest_pieces - 1], ids[-1]]
                )
            )
        )
    # Sorting by length with some noise keeps padding small without the same neighbours every time.
    order = sorted(range(len(messages)), key=lambda row: len(pieces[row].ids) * chance.uniform(0.9, 1.1))
    batches = [order[start : start + recipe.batch] for start in range(0, len(order), recipe.batch)]
    chance.shuffle(batches)
    for rows in batches:
        yield rows, pad([pieces[row] for row in rows])
