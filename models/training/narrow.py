"""Narrows the int8 weights of a quantised model to seven bits, in place: the same answers on every CPU, at the same speed.

    python narrow.py MODEL.onnx

Where a CPU has no VNNI, ONNX Runtime multiplies unsigned by signed bytes with an instruction that adds two products into
16 bits and cuts off what does not fit (PMADDUBSW): 2 * 255 * 127 does not, 2 * 255 * 64 does. `export.py` and `verifier.py` do this to all that
they write.
"""

import sys

import numpy as np
import onnx
from onnx import numpy_helper

MOST = 64  # 2 * 255 * 64 < 32768


def halved(weights):
    """Half of each. Odd ones go up and down by turns within a channel, so that its answer to an even surface stays the same."""
    channels = weights.reshape(len(weights), -1).astype(np.int32)
    half = channels // 2
    odd = channels % 2 == 1
    half += odd & (np.cumsum(odd, 1) % 2 == 1)
    return half.reshape(weights.shape).astype(np.int8)


def narrow(path):
    """Halves the weights of each convolution and doubles their steps; its bias goes with them. Nothing changes if they are narrow already."""
    model = onnx.load(path)
    constants = {constant.name: constant for constant in model.graph.initializer}
    sources = {node.output[0]: node.input for node in model.graph.node if node.op_type == "DequantizeLinear"}

    def put(name, values):
        constants[name].CopyFrom(numpy_helper.from_array(values, name))

    for node in model.graph.node:
        if node.op_type != "Conv" or node.input[1] not in sources:
            continue
        weights, steps = sources[node.input[1]][:2]
        values = numpy_helper.to_array(constants[weights])
        if values.dtype != np.int8 or np.abs(values.astype(np.int32)).max() <= MOST:
            continue
        put(weights, halved(values))
        put(steps, numpy_helper.to_array(constants[steps]) * np.float32(2))
        if len(node.input) > 2 and node.input[2] in sources:
            # Its step is that of the input times that of the weights.
            bias, steps = sources[node.input[2]][:2]
            put(bias, np.rint(numpy_helper.to_array(constants[bias]) / 2).astype(np.int32))
            put(steps, numpy_helper.to_array(constants[steps]) * np.float32(2))
    onnx.checker.check_model(model)
    onnx.save(model, path)


if __name__ == "__main__":
    narrow(sys.argv[1])
