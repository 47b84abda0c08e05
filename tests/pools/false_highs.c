/* What calls itself HiGHS and is wrong: whatever it is given, it says that nothing but 0 of everything is possible, or, built with ALL, that 1 of
   everything is. A test's own: a second opinion that contradicts must be an error. */
#include <string.h>

static int columns;

void *Highs_create(void) { return &columns; }
void Highs_destroy(void *model) { (void)model; }
const char *Highs_version(void) { return "false"; }
int Highs_getSizeofHighsInt(const void *model) { return model ? (int)sizeof(int) : 0; }
int Highs_setBoolOptionValue(void *model, const char *name, int value) { return !model || !name || value; }
int Highs_setIntOptionValue(void *model, const char *name, int value) { return !model || !name || value != 1; }
int Highs_setDoubleOptionValue(void *model, const char *name, double value) { return !model || !name || value < 0; }
int Highs_passMip(void *model, int count) { *(int *)model = count; return 0; }
int Highs_run(void *model) { return !model; }
int Highs_getModelStatus(const void *model) { return model ? 7 : 0; }
int Highs_getIntInfoValue(const void *model, const char *name, int *value) { *value = 2; return !model || strcmp(name, "primal_solution_status"); }
int Highs_getDoubleInfoValue(const void *model, const char *name, double *value) { *value = 0; return !model || strcmp(name, "mip_dual_bound"); }
int Highs_getSolution(const void *model, double *amounts, double *a, double *b, double *c) {
    for (int column = 0; column < *(const int *)model; column++)
#ifdef ALL
        amounts[column] = 1;
#else
        amounts[column] = 0;
#endif
    return a || b || c;
}
