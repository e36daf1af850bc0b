/* The table of keys of TIDL-RT import and inference files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "import_keys.h"

#include <assert.h>
#include <string.h>

#define SIDE 65536
#define UNUSED(name) {name, CLI_IMPORT_NOT_USED, false, 0, 0}

static const cli_import_key keys[] = {
    {"modelType", CLI_IMPORT_MODEL_TYPE, true, 0, 6},
    {"inputNetFile", CLI_IMPORT_NET_FILE, false, 0, 0},
    {"inDataNorm", CLI_IMPORT_IN_DATA_NORM, true, 0, 1},
    {"inMean", CLI_IMPORT_IN_MEAN, false, 0, 0},
    {"inScale", CLI_IMPORT_IN_SCALE, false, 0, 0},
    {"inDataFormat", CLI_IMPORT_IN_DATA_FORMAT, true, 0, 1},
    {"inElementType", CLI_IMPORT_IN_ELEMENT_TYPE, true, 0, 8},
    {"inLayout", CLI_IMPORT_IN_LAYOUT, true, 0, 1},
    {"inWidth", CLI_IMPORT_IN_WIDTH, true, -1, SIDE},
    {"inHeight", CLI_IMPORT_IN_HEIGHT, true, -1, SIDE},
    {"inNumChannels", CLI_IMPORT_IN_NUM_CHANNELS, true, -1, SIDE},
    {"resizeWidth", CLI_IMPORT_RESIZE_WIDTH, true, -1, SIDE},
    {"resizeHeight", CLI_IMPORT_RESIZE_HEIGHT, true, -1, SIDE},
    {"inResizeType", CLI_IMPORT_IN_RESIZE_TYPE, true, 0, 1},
    {"inQuantFactor", CLI_IMPORT_IN_QUANT_FACTOR, false, 0, 0},
    {"inTensorScale", CLI_IMPORT_IN_QUANT_FACTOR, false, 0, 0},
    {"inZeroPoint", CLI_IMPORT_IN_ZERO_POINT, true, -65536, 65536},
    {"inYuvFormat", CLI_IMPORT_IN_YUV_FORMAT, true, -1, 2},
    {"inFileFormat", CLI_IMPORT_IN_FILE_FORMAT, true, 0, 5},
    /* model and files */
    UNUSED("inputParamsFile"), UNUSED("outputNetFile"), UNUSED("outputParamsFile"), UNUSED("inDataNamesList"),
    UNUSED("outDataNamesList"), UNUSED("networkName"), UNUSED("metaArchType"), UNUSED("metaLayersNamesList"),
    UNUSED("modelGroupId"), UNUSED("fileNameGrpInfo"), UNUSED("randParams"), UNUSED("numSampleInData"),
    /* input and output */
    UNUSED("inDIM1"), UNUSED("inDIM2"), UNUSED("numBatches"), UNUSED("rawDataInElementType"), UNUSED("NetInElementType"),
    UNUSED("inData"), UNUSED("numFrames"), UNUSED("inDataPadInTIDL"), UNUSED("addDataConvertToNet"),
    UNUSED("outElementType"), UNUSED("outTensorScale"), UNUSED("outZeroPoint"), UNUSED("outLayout"),
    UNUSED("outElementSize"), UNUSED("rawSampleInData"), UNUSED("sampleInData"), UNUSED("preProcType"),
    UNUSED("layersGroupId"), UNUSED("conv2dKernelType"),
    /* quantization */
    UNUSED("numParamBits"), UNUSED("numFeatureBits"), UNUSED("quantizationStyle"), UNUSED("calibrationOption"),
    UNUSED("activationRangeMethod"), UNUSED("weightRangeMethod"), UNUSED("percentileActRangeShrink"),
    UNUSED("percentileWtRangeShrink"), UNUSED("biasCalibrationIterations"), UNUSED("biasCalibrationFactor"),
    UNUSED("numFramesBiasCalibration"), UNUSED("quantRoundAdd"), UNUSED("quantRangeUpdateFactor"),
    UNUSED("quantRangeExpansionFactor"), UNUSED("params16bitNamesList"), UNUSED("outputFeature16bitNamesList"),
    UNUSED("mixedPrecisionFactor"), UNUSED("quantParamsPrototxtFile"), UNUSED("preQuantizedModel"),
    UNUSED("enableBiasFusion"), UNUSED("softmax16BitScaleUpdate"), UNUSED("use16BitForTopK"),
    UNUSED("enableTFROptimization"),
    /* graph, tools, device */
    UNUSED("foldBnInConv2D"), UNUSED("foldPreBnConv2D"), UNUSED("foldEltWiseInConv2D"), UNUSED("foldMaxPoolInConv2D"),
    UNUSED("foldDepthToSpaceInConv2D"), UNUSED("enableHighResOptimization"), UNUSED("compileConstraintsFlag"),
    UNUSED("executeNetworkCompiler"), UNUSED("executeQuantsTool"), UNUSED("perfSimTool"), UNUSED("graphVizTool"),
    UNUSED("modelDumpTool"), UNUSED("tidlStatsTool"), UNUSED("perfSimConfig"), UNUSED("msmcSizeKB"), UNUSED("deviceName"),
    UNUSED("ddrLayers"), UNUSED("inferenceMode"), UNUSED("numCores"), UNUSED("singleCoreLayersNames"),
    UNUSED("spatialSplitLayersNames"), UNUSED("channelSplitLayersNames"), UNUSED("batchMode"), UNUSED("packetizeMode"),
    UNUSED("partialInitDuringCompile"), UNUSED("enableShapeFolding"), UNUSED("optimizeBatchNormHigherDims"),
    UNUSED("enableCustomLayers"), UNUSED("ncTempInfoDir"), UNUSED("logFileName"), UNUSED("c7xFirmwareVersion"),
    UNUSED("debugTraceLevel"), UNUSED("writeTraceLevel"), UNUSED("postProcType"), UNUSED("postProcDataId"),
    /* inference */
    UNUSED("netBinFile"), UNUSED("ioConfigFile"), UNUSED("outData"), UNUSED("startFrameIdx"), UNUSED("totNumClasses"),
    UNUSED("writeInput"), UNUSED("writeOutput"), UNUSED("compareRef"), UNUSED("meanImage"), UNUSED("paramsBinFile"),
    UNUSED("traceDumpBaseName"), UNUSED("testCaseName"), UNUSED("testCaseDesc"), UNUSED("targetPriority"),
    UNUSED("maxPreEmptDelay"), UNUSED("coreNum"), UNUSED("coreStartIdx"), UNUSED("flowCtrl"), UNUSED("inResizeMode"),
    UNUSED("numItrPerf"), UNUSED("enableLayerPerfTraces"), UNUSED("performanceTestcase"), UNUSED("inFileFormatRandomType"),
    UNUSED("noZeroCoeffsPercentage"), UNUSED("updateNetWithStats"), UNUSED("writeBinsAsHeader"), UNUSED("reservedCtrl"),
};

#define N_KEYS (sizeof keys / sizeof *keys)
static_assert(N_KEYS <= CLI_IMPORT_MOST_KEYS, "room for a line number of each key");

const cli_import_key *cli_import_key_find(const char *name, size_t n)
{
    for (size_t i = 0; i < N_KEYS; i++)
        if (strlen(keys[i].name) == n && memcmp(keys[i].name, name, n) == 0)
            return &keys[i];
    return NULL;
}

const cli_import_key *cli_import_key_at(int index)
{
    return &keys[index];
}

int cli_import_key_index(const cli_import_key *key)
{
    return (int)(key - keys);
}

const char *cli_import_key_name(int used)
{
    size_t i = 0;
    while ((int)keys[i].used != used)
        i++;
    return keys[i].name;
}

size_t cli_import_key_names(const char *names[CLI_IMPORT_MOST_KEYS])
{
    for (size_t i = 0; i < N_KEYS; i++)
        names[i] = keys[i].name;
    return N_KEYS;
}
