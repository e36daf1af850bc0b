# SPDX-License-Identifier: Apache-2.0
# bash completion of octet. Install as /usr/share/bash-completion/completions/octet, or source it.

_octet() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
    local classes='--labels --class-offset'
    local recipe='--config --mean --scale --std --order --layout --resize --crop --interp --ignore-orientation'
    local frames='--pixels --frame --matrix --range --roi --linear-yuv'
    local calib='--calib --calib-root'
    local execution='--cpu --providers --threads --tuning --dim --help' options=
    case $command in
        run) options="--top --softmax --json $classes $recipe $frames --placement $calib $execution" ;;
        eval) options="--images --labels-idx --root --split --limit --predictions --agree --mistakes --json
            $classes $recipe $frames --placement $calib $execution" ;;
        fold) options="--out --unfold --json --placement --pixels --matrix --range --linear-yuv --input --axes --softmax
            --argmax --argmax-type --output --images --tolerance $recipe $execution" ;;
        compile) options="--out --json --cpu --tuning --pixels --matrix --range --linear-yuv --placement $recipe $calib --providers --dim --help" ;;
        bench) options="--image --runs --seconds --json $recipe $frames $calib $execution" ;;
        doctor) options="--images --labels-idx --root --split --limit --class-offset --json $recipe $execution" ;;
        tune) options="--out --ms --cpu --providers --dim $recipe $calib --help" ;;
        inspect) options="--nodes --profile --runs --cpu-levels --json --placement $execution" ;;
    esac
    COMPREPLY=()

    if [[ $command == fold && $before == --softmax ]]; then
        before= # takes no value there
    fi
    # "--name=val" arrives as three words
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD-2]}
    fi
    if (( COMP_CWORD == 1 )); then
        mapfile -t COMPREPLY < <(compgen -W 'run eval compile fold bench doctor inspect tune help --help --version' -- "$word")
        return
    fi
    if [[ $command == help ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'run eval compile fold bench doctor inspect tune' -- "$word")
        return
    fi
    case $before in
        --cpu)
            local levels='auto ref avx2 avx512 avx512vnni'
            [[ $command == compile ]] && levels="portable $levels"
            mapfile -t COMPREPLY < <(compgen -W "$levels" -- "$word") ;;
        --pixels)
            local pixels='NV12 NV21 I420 YUYV'
            [[ $command == fold || $command == compile ]] && pixels="RGB BGR gray RGBX $pixels"
            mapfile -t COMPREPLY < <(compgen -W "$pixels" -- "$word") ;;
        --matrix) mapfile -t COMPREPLY < <(compgen -W 'bt601 bt709' -- "$word") ;;
        --range) mapfile -t COMPREPLY < <(compgen -W 'limited full' -- "$word") ;;
        --placement)
            local places='host layer fold'
            [[ $command == fold ]] && places='layer rgbx'
            mapfile -t COMPREPLY < <(compgen -W "$places" -- "$word") ;;
        --argmax-type) mapfile -t COMPREPLY < <(compgen -W 'int64 int32 uint16 uint8' -- "$word") ;;
        --order) mapfile -t COMPREPLY < <(compgen -W 'RGB BGR gray' -- "$word") ;;
        --layout) mapfile -t COMPREPLY < <(compgen -W 'NCHW NHWC' -- "$word") ;;
        --resize) mapfile -t COMPREPLY < <(compgen -W 'auto none' -- "$word") ;;
        --crop) mapfile -t COMPREPLY < <(compgen -W 'none' -- "$word") ;;
        --softmax) mapfile -t COMPREPLY < <(compgen -W 'auto yes no' -- "$word") ;;
        --class-offset) mapfile -t COMPREPLY < <(compgen -W 'auto 0 1' -- "$word") ;;
        --interp)
            mapfile -t COMPREPLY < <(compgen -W 'pillow-bilinear pillow-nearest pillow-box pillow-bicubic
                pillow-lanczos opencv-linear opencv-area opencv-nearest
                pillow13-bilinear pillow13-box pillow13-bicubic pillow13-lanczos' -- "$word") ;;
        --providers) mapfile -t COMPREPLY < <(compgen -W 'int8,float float' -- "$word") ;;
        --root|--calib-root) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
        --mean|--scale|--std|--threads|--dim|--top|--split|--limit|--runs|--seconds|--frame|--roi|--input|--output|--axes|--tolerance|--ms) ;;
        *)
            if [[ $word == --* ]]; then
                mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
            else
                compopt -o filenames
                mapfile -t COMPREPLY < <(compgen -f -- "$word")
            fi ;;
    esac
}

complete -F _octet octet
