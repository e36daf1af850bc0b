/* Refused nodes and tensors, gathered so that one message names them all.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "onnx/reader.h"

#define TAIL_ROOM 600 /* of the message: "... and N more", and the path that the caller puts in front */

octet_status oct_refuse(oct_reader *r, octet_status status)
{
    oct_refusals *list = &r->refusals;
    if (status != OCTET_UNSUPPORTED)
        return status;
    size_t n = strlen(r->err->message), room = sizeof list->text - TAIL_ROOM - list->n_chars;
    if (list->n_lines++ == 0 && n >= room)
        n = room - 1; /* a monstrous name: the beginning will do */
    if (list->n_left_out || n >= room) {
        list->n_left_out++;
        return OCTET_OK;
    }
    if (list->n_chars)
        list->text[list->n_chars++] = '\n';
    memcpy(list->text + list->n_chars, r->err->message, n);
    list->n_chars += n;
    list->text[list->n_chars] = '\0';
    return OCTET_OK;
}

octet_status oct_refuse_report(oct_reader *r)
{
    const oct_refusals *list = &r->refusals;
    if (!list->n_lines)
        return OCTET_OK;
    if (list->n_left_out)
        return oct_fail(r->err, OCTET_UNSUPPORTED, "%s\n... and %d more", list->text, list->n_left_out);
    return oct_fail(r->err, OCTET_UNSUPPORTED, "%s", list->text);
}

/* Kinds of operators that a classifier does not need, by name or the beginning of a name ('*'). */
static const struct {
    const char *op, *reason;
} kinds[] = {
    {"If", "control flow"},
    {"Loop", "control flow"},
    {"Scan", "control flow"},
    {"RNN", "recurrent network"},
    {"LSTM", "recurrent network"},
    {"GRU", "recurrent network"},
    {"Sequence*", "sequences"},
    {"SplitToSequence", "sequences"},
    {"ConcatFromSequence", "sequences"},
    {"ReverseSequence", "operator is not supported"},
    {"Optional*", "optional values"},
    {"String*", "strings"},
    {"RegexFullMatch", "strings"},
    {"TfIdfVectorizer", "strings"},
    {"Random*", "random numbers"},
    {"Multinomial", "random numbers"},
    {"Bernoulli", "random numbers"},
};

static bool matches(const char *pattern, const char *name)
{
    size_t n = strlen(pattern);
    return pattern[n - 1] == '*' ? strncmp(pattern, name, n - 1) == 0 : strcmp(pattern, name) == 0;
}

const char *oct_refuse_reason(const char *op_type, const char *domain)
{
    if (strcmp(domain, "ai.onnx.training") == 0 || strcmp(domain, "ai.onnx.preview.training") == 0)
        return "training";
    for (size_t i = 0; !*domain && i < OCT_COUNT(kinds); i++)
        if (matches(kinds[i].op, op_type))
            return kinds[i].reason;
    return *domain ? NULL : "operator is not supported";
}

/* Operators that opset 7 took over unchanged, by the opset that gave them this form. */
static const struct {
    int opset;
    const char *ops; /* each between blanks */
} unchanged[] = {
    {1, " ArgMax ArgMin Constant Conv ConvTranspose DepthToSpace Flatten Gather GlobalAveragePool GlobalMaxPool Hardmax "
        "Identity LRN LogSoftmax LpNormalization MatMul MaxPool Not ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp "
        "ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Shape Size Slice Softmax Softplus Softsign "
        "SpaceToDepth Squeeze TopK Transpose Unsqueeze "},
    {2, " GlobalLpPool LpPool Pad Split "},
    {4, " Concat "},
    {5, " Reshape "},
    {6, " Abs Cast Ceil Clip Elu Exp Floor HardSigmoid InstanceNormalization LeakyRelu Log Max Mean Min Neg Reciprocal Relu "
        "Selu Sigmoid Sqrt Sum Tanh Tile "},
};

int oct_first_opset(const char *op_type)
{
    size_t n = strlen(op_type);
    for (size_t i = 0; i < OCT_COUNT(unchanged); i++)
        for (const char *p = unchanged[i].ops; (p = strstr(p, op_type)); p += n)
            if (p[-1] == ' ' && p[n] == ' ')
                return unchanged[i].opset;
    return OCT_ONNX_FIRST_OPSET;
}
