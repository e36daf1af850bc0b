# a model without integer convolutions, and a calibrated one; lines of other CPUs stay; the table changes no score
recipe='--mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 --calib roadsigns/samples'
printf 'octet tuning 1\nSome CPU\tavx2\t1x8x8x16 to 8x8x32 k3x3 s1x1 d1x1 p1x1 g1 wide0\t1-all\n' > table
octet tune data/colour_qdq.onnx -o table --ms 1
octet tune roadsigns/roadsigns.onnx -o table --ms 1 $recipe 2> notes | tail -n 1
head -n 1 table
grep -c 'Some CPU' table
octet run roadsigns/roadsigns.onnx roadsigns/samples $recipe 2> notes > default
octet run roadsigns/roadsigns.onnx roadsigns/samples $recipe --tuning table 2> notes > tuned
cmp default tuned && echo the same
octet compile roadsigns/roadsigns.onnx -o m.octet $recipe --cpu auto --tuning table 2> notes | head -n 1
octet run m.octet roadsigns/samples 2> notes > stored
cmp default stored && echo the same
octet inspect m.octet | grep -c -e '--tuning table'
