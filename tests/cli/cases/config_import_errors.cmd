# each line of the list: the text of a file, \n for line ends
while IFS= read -r text; do
    printf '%b' "$text" > import.cfg
    octet run data/colour.onnx data/images/red.png --cpu ref --config import.cfg > /dev/null
    echo "$?"
done << 'LIST'
inMaen = 1 2 3
in_mean = 1 2 3
zzzzzzzzzzzzzzzzz = 1
modelType = 2\n\ninMean 1 2 3
= 3
inMean =
inMean = # nothing
inMean = 1 nan 3
inMean = 1 inf
inMean = 0x10
inMean = 1e999
inMean = "1"
inMean = 1\ninMean = 2
inQuantFactor = 1\ninTensorScale = 2
inQuantFactor = 0
inQuantFactor = 1e-300\ninZeroPoint = 1
inDataNorm = 2
inDataNorm = 0.5
inDataFormat = 2
inElementType = 1
inElementType = 9
inElementType = 6
modelType = 3\n
inputNetFile = "model.tflite"
inputNetFile = model.pb
inYuvFormat = 2
inResizeType = 1\nresizeWidth = 8\nresizeHeight = 9
inWidth = 8 -2
inWidth = 0
inWidth = 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
inWidth = 7\ninHeight = 8
inNumChannels = 1
inNumChannels = 3\ninDataNorm = 1\ninMean = 1 2
inDataNorm = 1\ninMean = 1 2 3 4 5 6
inDataNorm = 1\ninMean = 128
inDataNorm = 1\ninScale = 1 1
inDataNorm = 1\ninMean = 0.485 0.456 0.406\ninScale = 4.367 4.464 4.444
inDataNorm = 1\ninMean = 123.675 116.28 103.53\ninScale = 58.395 57.12 57.375
inDataNorm = 1\ninScale = 0 0 1
inLayout = 2
outputNetFile = "half a string
LIST
