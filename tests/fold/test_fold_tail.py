# SPDX-License-Identifier: Apache-2.0
"""Softmax and ArgMax behind the logits, against NumPy."""
import numpy as np
import onnx
from onnx import TensorProto, helper

from fold_case import NORMALIZE, FoldCase, images, infer, main, nchw, normalize
from fold_models import conv_net, two_inputs


def square_logits(**options):
    """Logits of shape [N, classes, 1, 1], as fully convolutional models have them."""
    model = conv_net(**options)
    g = model.graph
    matrix = next(i for i in g.initializer if i.name == "m")
    weights = onnx.numpy_helper.to_array(matrix).T[:, :, None, None]
    matrix.CopyFrom(onnx.numpy_helper.from_array(np.ascontiguousarray(weights), "m"))
    del g.node[3:]
    g.node.append(helper.make_node("Conv", ["pool", "m"], ["logits"], "head"))
    g.output[0].CopyFrom(helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 10, 1, 1]))
    return model


def softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


class Tail(FoldCase):
    def both(self, model, out, n=2):
        for x in images(n, 16, 12):
            yield infer(model, {"x": nchw(normalize(x))})[0], infer(out, {"x": nchw(x)})[0]

    def test_softmax(self):
        for model in (conv_net(opset=9, ir=4), conv_net(), square_logits(), square_logits(opset=11)):
            out, report = self.fold(model, "--softmax", *NORMALIZE)
            self.assertEqual((report["tail"], report["output"]), ("softmax", "logits"))
            for logits, given in self.both(model, out):
                self.assert_close([softmax(logits)], [given])
            self.unfold(out, self.path("model.onnx"))

    def test_argmax(self):
        for model in conv_net(opset=9, ir=4), square_logits():
            out, _ = self.fold(model, "--argmax", *NORMALIZE)
            for logits, given in self.both(model, out):
                self.assertEqual((given.dtype, given.tolist()), (np.int64, logits.argmax(1).tolist()))

    def test_the_output_is_named_where_there_are_several(self):
        message = self.refuse(two_inputs(), "--input", "x", "--softmax", *NORMALIZE)
        self.assertIn("'logits', 'sum'", message)
        self.assertIn("--output", message)
        out, _ = self.fold(two_inputs(), "--input", "x", "--argmax", "--output", "sum", *NORMALIZE)
        self.assertEqual([o.name for o in onnx.load(out).graph.output], ["logits", "sum"])

    def test_logits_that_are_used_inside_too(self):
        model = conv_net()
        model.graph.node.append(helper.make_node("ReduceMax", ["logits"], ["most"], "most", keepdims=0))
        model.graph.output.append(helper.make_tensor_value_info("most", TensorProto.FLOAT, []))
        out, _ = self.fold(model, "--softmax", "--output", "logits", *NORMALIZE)
        x = images(1, 16, 12)[0]
        logits, most = infer(model, {"x": nchw(normalize(x))})
        self.assert_close([softmax(logits), most], infer(out, {"x": nchw(x)}))

    def test_a_model_with_softmax_needs_none(self):
        for op, behind in (("Softmax", None), ("LogSoftmax", None), ("Softmax", "Flatten")):
            model = conv_net()
            model.graph.node.append(helper.make_node(op, ["logits"], ["soft"], "last"))
            name = "soft"
            if behind:
                model.graph.node.append(helper.make_node(behind, ["soft"], ["flatter"], "shape"))
                name = "flatter"
            model.graph.output[0].CopyFrom(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 10]))
            self.assertIn(f"{op} 'last'", self.refuse(model, "--softmax", *NORMALIZE))
            self.fold(model, "--argmax", *NORMALIZE)  # which the best class may do without

    def test_outputs_that_are_no_logits(self):
        model = conv_net()
        model.graph.output[0].CopyFrom(helper.make_tensor_value_info("relu", TensorProto.FLOAT, ["N", 8, 8, 6]))
        self.assertIn("logits", self.refuse(model, "--softmax", *NORMALIZE, code=4))
        self.assertIn("'nothing'", self.refuse(conv_net(), "--softmax", "--output", "nothing", *NORMALIZE))


if __name__ == "__main__":
    main()
