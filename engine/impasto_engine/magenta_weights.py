"""The names that Magenta's three networks have in their ONNX files, turned into those of ours."""

from collections.abc import Iterator

import numpy as np

from impasto_engine.texture import FloatArray

State = dict[str, FloatArray]


def multistyle_state(weights: State) -> State:
    """The state of networks.multistyle.MultiStyle, from multistyle26.onnx."""
    names = [
        *((f"contract.{index}", f"contract.{index}") for index in range(3)),
        *(
            (f"residual.{2 * block + index}", f"res.{block}.{index}")
            for block in range(6)
            for index in range(2)
        ),
        *((f"expand.{index}", f"expand.{index}") for index in range(3)),
    ]
    state = {f"body.{ours}.conv.weight": weights[f"{theirs}.w"] for ours, theirs in names}
    for norm in ("gamma", "beta"):
        state[norm] = np.concatenate([weights[f"{theirs}.norm.{norm}"] for _, theirs in names], axis=1)
    return state


def transform_state(weights: State) -> State:
    """The state of networks.style_transform.StyleTransform, from arbitrary_transform.onnx."""
    contract = [(f"contract.{index}", f"transformer/contract/conv{index + 1}") for index in range(3)]
    normed = [
        *(
            (f"residual.{2 * block + index}", f"transformer/residual/residual{block + 1}/conv{index + 1}")
            for block in range(5)
            for index in range(2)
        ),
        *((f"expand.{index}", f"transformer/expand/conv{index + 1}/conv") for index in range(3)),
    ]
    # A bias before an instance norm cancels out, so only contracting convolutions keep theirs.
    state = {
        f"body.{ours}.conv.weight": weights[f"{theirs}/weights"] for ours, theirs in (*contract, *normed)
    }
    state |= {f"body.{ours}.conv.bias": weights[f"{theirs}/Conv2D_bias"] for ours, theirs in contract}
    for ours, theirs in (("gamma", "Conv_1"), ("beta", "Conv")):
        heads = [f"style_params/{layer}/StyleNorm/{theirs}" for _, layer in normed]
        state[f"{ours}.weight"] = np.concatenate([weights[f"{head}/weights"][:, :, 0, 0] for head in heads])
        state[f"{ours}.bias"] = np.concatenate([weights[f"{head}/Conv2D_bias"] for head in heads])
    return state


def predictor_state(weights: State) -> State:
    """The state of networks.style_predictor.StylePredictor, from arbitrary_predict.onnx."""
    state: State = {}
    for ours, weight, bias in _predictor_names():
        state[f"{ours}.weight"], state[f"{ours}.bias"] = weights[weight], weights[bias]
    state["style.weight"] = weights["mobilenet_conv/Conv/weights"][:, :, 0, 0]
    state["style.bias"] = np.zeros(
        len(state["style.weight"]), np.float32
    )  # the file has zeros, under another name
    return state


def _predictor_names() -> Iterator[tuple[str, str, str]]:
    """(our layer, their weights, their bias)."""
    yield "first", "MobilenetV2/Conv/weights", "MobilenetV2/Conv/Conv2D_bias"
    for block in range(17):
        theirs = "MobilenetV2/expanded_conv" + (f"_{block}" if block else "")
        if block:  # the first block does not expand
            yield f"blocks.{block}.expand", f"{theirs}/expand/weights", f"{theirs}/expand/Conv2D_bias"
        depthwise = f"{theirs}/depthwise/depthwise"
        yield f"blocks.{block}.depthwise", f"{depthwise}_weights", f"{depthwise}_bias"
        yield f"blocks.{block}.project", f"{theirs}/project/weights", f"{theirs}/project/Conv2D_bias"
    yield "last", "MobilenetV2/Conv_1/weights", "MobilenetV2/Conv_1/Conv2D_bias"
