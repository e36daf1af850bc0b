printf 'inDataNorm = 1\ninMean = 123.675 116.28 103.53\ninScale = 0.017125 0.017507 0.017429\ninDataFormat = 1\n' > import.cfg
octet fold roadsigns/roadsigns.onnx -o a.onnx --config import.cfg
