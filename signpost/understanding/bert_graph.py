"""The layers of a BERT encoder as an ONNX graph. Pure: arrays in, bytes out.

The graph uses onnxruntime's fused operators (domain ``com.microsoft``), so nothing is left to find for its optimizer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

FUSED = "com.microsoft"
OPSET = 17
# The oldest format that holds this opset: any onnxruntime that can run the graph can read it.
IR_VERSION = 8


@dataclass(frozen=True)
class BertShape:
    """What a BERT's config.json says about its layers."""

    layers: int
    heads: int
    hidden: int
    epsilon: float


def bert_graph(shape: BertShape, weights: Mapping[str, np.ndarray]) -> bytes:
    """A serialized model with inputs ``embedded`` (batch, pieces, hidden) float32 and ``mask`` (batch, pieces) int32, output
    ``states`` (batch, pieces, hidden) float32.

    ``weights`` are named as TensorFlow names them, ``0/attention/self/query/kernel:0``; kernels have the shape (in, out).

    Raises:
        KeyError: a weight is missing.
    """
    nodes: list[NodeProto] = []
    tensors: list[TensorProto] = []

    def weight(layer: int, *names: str) -> str:
        """Put one weight, or several side by side, into the graph and give its name there."""
        arrays = [np.asarray(weights[f"{layer}/{name}:0"], np.float32) for name in names]
        tensors.append(numpy_helper.from_array(np.concatenate(arrays, axis=-1), f"{layer}/{names[0]}"))
        return f"{layer}/{names[0]}"

    def add(operator: str, inputs: list[str], output: str, domain: str = FUSED, **attributes: float) -> str:
        nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def add_and_normalize(layer: int, block: str, inner: str, residual: str, output: str) -> str:
        product = add(
            "MatMul", [inner, weight(layer, f"{block}/dense/kernel")], f"{output}/product", domain=""
        )
        scale, shift, bias = (
            weight(layer, f"{block}/{name}") for name in ("LayerNorm/gamma", "LayerNorm/beta", "dense/bias")
        )
        return add(
            "SkipLayerNormalization", [product, residual, scale, shift, bias], output, epsilon=shape.epsilon
        )

    states = "embedded"
    for layer in range(shape.layers):
        kernel, bias = (
            weight(layer, *(f"attention/self/{name}/{part}" for name in ("query", "key", "value")))
            for part in ("kernel", "bias")
        )
        attended = add(
            "Attention", [states, kernel, bias, "mask"], f"{layer}/attended", num_heads=shape.heads
        )
        between = add_and_normalize(layer, "attention/output", attended, states, f"{layer}/between")
        product = add(
            "MatMul",
            [between, weight(layer, "intermediate/dense/kernel")],
            f"{layer}/wide/product",
            domain="",
        )
        wide = add("BiasGelu", [product, weight(layer, "intermediate/dense/bias")], f"{layer}/wide")
        states = add_and_normalize(
            layer, "output", wide, between, "states" if layer == shape.layers - 1 else f"{layer}/states"
        )
    dimensions = ["batch", "pieces", shape.hidden]
    graph = helper.make_graph(
        nodes,
        "bert",
        [
            helper.make_tensor_value_info("embedded", TensorProto.FLOAT, dimensions),
            helper.make_tensor_value_info("mask", TensorProto.INT32, dimensions[:2]),
        ],
        [helper.make_tensor_value_info("states", TensorProto.FLOAT, dimensions)],
        tensors,
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)]
    model: ModelProto = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
    return model.SerializeToString()
