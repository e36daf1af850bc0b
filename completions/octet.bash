# SPDX-License-Identifier: Apache-2.0
# bash completion of octet. Install as /usr/share/bash-completion/completions/octet, or source it.

_octet() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
    local classes='--labels --class-offset'
    local recipe='--config --mean --scale --std --order --layout --resize --crop --interp --ignore-orientation'
    local frames='--pixels --frame --matrix --range --roi --linear-yuv'
    local execution='--cpu --threads --dim --help' options=
    case $command in
        run) options="--top --softmax --json $classes $recipe $frames --placement $execution" ;;
        eval) options="--images --labels-idx --root --split --limit --predictions --agree --mistakes --json
            $classes $recipe $frames --placement $execution" ;;
        inspect) options="--nodes --profile --runs --cpu-levels --json --placement $execution" ;;
    esac
    COMPREPLY=()

    # "--name=val" arrives as three words
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD-2]}
    fi
    if (( COMP_CWORD == 1 )); then
        mapfile -t COMPREPLY < <(compgen -W 'run eval inspect help --help --version' -- "$word")
        return
    fi
    if [[ $command == help ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'run eval inspect' -- "$word")
        return
    fi
    case $before in
        --cpu) mapfile -t COMPREPLY < <(compgen -W 'auto ref avx2 avx512' -- "$word") ;;
        --pixels) mapfile -t COMPREPLY < <(compgen -W 'NV12 NV21 I420 YUYV' -- "$word") ;;
        --matrix) mapfile -t COMPREPLY < <(compgen -W 'bt601 bt709' -- "$word") ;;
        --range) mapfile -t COMPREPLY < <(compgen -W 'limited full' -- "$word") ;;
        --placement) mapfile -t COMPREPLY < <(compgen -W 'host layer fold' -- "$word") ;;
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
        --root) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
        --mean|--scale|--std|--threads|--dim|--top|--split|--limit|--runs|--frame|--roi) ;;
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
