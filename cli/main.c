/* octet: the command line tool. Finds the command, runs it, prints its error, exits with its status.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include <octet/octet.h>

#include "arguments.h"
#include "command.h"
#include "spelling.h"

static const cli_command *const commands[] = {&cli_run_command,     &cli_eval_command,    &cli_bench_command,
                                              &cli_inspect_command, &cli_compile_command, &cli_fold_command,
                                              &cli_doctor_command, &cli_tune_command};

#define N_COMMANDS (sizeof commands / sizeof *commands)

static void print_usage(FILE *stream)
{
    fputs("Usage: octet COMMAND [OPTION...] [ARGUMENT...]\n\n"
          "Image classification with ONNX models on the CPU: the same bits on every machine.\n\n"
          "Commands:\n", stream);
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(stream, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fputs("  help       Show the help of a command: octet help run\n\n"
          "Options:\n"
          "      --help     Show this help\n"
          "      --version  Show the version and the CPU levels\n\n"
          "Example:\n"
          "  octet run model.onnx photo.jpg --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 \\\n"
          "            --labels labels.txt\n\n"
          "'octet COMMAND --help' tells the options of a command; 'man octet' everything.\n", stream);
}

static void print_version(void)
{
    printf("octet %s\nCPU levels:", octet_version());
    int available;
    for (int i = 0; octet_cpu_level(i, &available); i++)
        printf(" %s%s", octet_cpu_level(i, NULL), available ? "" : " (not on this machine)");
    putchar('\n');
}

/* argp puts two blank lines between some groups; one is enough. */
void cli_print_command_help(const struct argp *argp, const char *name, FILE *stream)
{
    char title[32], *text = NULL;
    size_t n_bytes;
    snprintf(title, sizeof title, "octet %s", name);
    FILE *memory = open_memstream(&text, &n_bytes);
    if (!memory)
        return;
    argp_help(argp, memory, ARGP_HELP_SHORT_USAGE | ARGP_HELP_PRE_DOC | ARGP_HELP_LONG | ARGP_HELP_POST_DOC, title);
    fclose(memory);
    for (const char *at = text; at && *at; at++)
        if (strncmp(at, "\n\n\n", 3) != 0)
            fputc(*at, stream);
    free(text);
}

static const cli_command *find_command(const char *name, octet_error *err)
{
    const char *names[N_COMMANDS + 1];
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(name, commands[i]->name) == 0)
            return commands[i];
        names[i] = commands[i]->name;
    }
    names[N_COMMANDS] = "help";
    char meant[CLI_MEANT_SIZE];
    cli_meant(meant, "octet ", cli_nearest(name, names, N_COMMANDS + 1));
    cli_fail(err, OCTET_USAGE, "unknown command '%s'%s", name, *meant ? meant : "; see 'octet help'");
    return NULL;
}

static octet_status help(int argc, char **argv, octet_error *err)
{
    if (argc < 2) {
        print_usage(stdout);
        return OCTET_OK;
    }
    if (argc > 2)
        return cli_fail(err, OCTET_USAGE, "'octet help' takes one command");
    const cli_command *command = find_command(argv[1], err);
    if (!command)
        return OCTET_USAGE;
    cli_print_command_help(command->argp, command->name, stdout);
    return OCTET_OK;
}

static octet_status dispatch(int argc, char **argv, octet_error *err)
{
    static const char *const names[] = {"help", "version"};
    const char *word = argv[0];
    if (strcmp(word, "help") == 0)
        return help(argc, argv, err);
    if (strcmp(word, "--help") == 0)
        return help(1, argv, err);
    if (strcmp(word, "--version") == 0) {
        print_version();
        return OCTET_OK;
    }
    char meant[CLI_MEANT_SIZE];
    if (word[0] == '-') {
        const char *nearest = strncmp(word, "--", 2) == 0 ? cli_nearest(word + 2, names, 2) : NULL;
        cli_meant(meant, "--", nearest);
        return cli_fail(err, OCTET_USAGE, "unknown option '%s'%s", word, *meant ? meant : "; see 'octet --help'");
    }
    const cli_command *command = find_command(word, err);
    return command ? command->run(argc, argv, err) : OCTET_USAGE;
}

int main(int argc, char **argv)
{
    octet_error err = {.status = OCTET_OK};
    if (argc < 2) {
        print_usage(stderr);
        return OCTET_USAGE;
    }
    octet_status status = dispatch(argc - 1, argv + 1, &err);
    if (status != OCTET_OK && err.message[0])
        cli_complain(&err);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("octet: cannot write to standard output\n", stderr);
        return OCTET_BAD_INPUT;
    }
    return status;
}
