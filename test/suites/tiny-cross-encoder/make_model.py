"""Makes the folder that this file lies in: a cross-encoder without any training, for tests.

Its graph has the inputs and the output of a BERT with one label, and counts the tokens that the question and the text
share. No trained cross-encoder is to be had without a download from a hub.

    python3 -m venv /tmp/onnx && /tmp/onnx/bin/pip install onnx==1.19.1 && /tmp/onnx/bin/python make_model.py
"""

import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

HERE = Path(__file__).parent
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
LETTERS = [chr(code) for code in range(ord("a"), ord("z") + 1)]
WORDS = "apple apples are be bridge can car cars fruit high is lemon mountain red river sour the which yellow".split()
VOCABULARY = SPECIAL + LETTERS + ["##" + letter for letter in LETTERS] + WORDS


def graph():
    """logit = tokens of the question, however often, that stand in the text; special tokens and padding do not count."""
    size = len(VOCABULARY)
    one_hot = np.eye(size, dtype=np.float32)
    one_hot[: len(SPECIAL)] = 0
    constants = {"one_hot": one_hot, "last": np.array([2]), "tokens": np.array([1]), "one": np.float32(1)}
    nodes = [
        helper.make_node("Gather", ["one_hot", "input_ids"], ["seen"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["token_type_ids"], ["type"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["mask", "type"], ["of_text"]),
        helper.make_node("Sub", ["mask", "of_text"], ["of_question"]),
    ]
    for side in ["text", "question"]:
        nodes += [
            helper.make_node("Unsqueeze", [f"of_{side}", "last"], [f"{side}_mask"]),
            helper.make_node("Mul", ["seen", f"{side}_mask"], [f"{side}_seen"]),
            helper.make_node("ReduceSum", [f"{side}_seen", "tokens"], [f"{side}_count"], keepdims=0),
        ]
    nodes += [
        helper.make_node("Min", ["text_count", "one"], ["text_has"]),
        helper.make_node("Mul", ["question_count", "text_has"], ["shared"]),
        helper.make_node("ReduceSum", ["shared", "tokens"], ["logits"], keepdims=1),
    ]
    inputs = ["input_ids", "attention_mask", "token_type_ids"]
    return helper.make_graph(
        nodes,
        "tiny-cross-encoder",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in inputs],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 1])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )


def tokenizer():
    """WordPiece, as BERT has it, over few words; the others are spelled."""

    def special(name):
        return {"id": name, "ids": [SPECIAL.index(name)], "tokens": [name]}

    def token(name, kind):
        return {"SpecialToken": {"id": name, "type_id": kind}}

    def sequence(name, kind):
        return {"Sequence": {"id": name, "type_id": kind}}

    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": i, "content": name, "special": True, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
            for i, name in enumerate(SPECIAL)
        ],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [token("[CLS]", 0), sequence("A", 0), token("[SEP]", 0)],
            "pair": [token("[CLS]", 0), sequence("A", 0), token("[SEP]", 0), sequence("B", 1), token("[SEP]", 1)],
            "special_tokens": {name: special(name) for name in ["[CLS]", "[SEP]"]},
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {token: i for i, token in enumerate(VOCABULARY)},
        },
    }


def write(name, value):
    (HERE / name).write_text(json.dumps(value, indent=2) + "\n")


model = helper.make_model(graph(), opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
checker.check_model(model)
(HERE / "onnx").mkdir(exist_ok=True)
(HERE / "onnx" / "model.onnx").write_bytes(model.SerializeToString())
write("config.json", {"model_type": "bert", "num_labels": 1, "max_position_embeddings": 32, "pad_token_id": 0, "vocab_size": len(VOCABULARY)})
write("tokenizer.json", tokenizer())
write("tokenizer_config.json", {"tokenizer_class": "BertTokenizer", "model_max_length": 32, "do_lower_case": True, "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]"})
