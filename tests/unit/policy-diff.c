/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmocka-head.h"
int main(void){return 0;}
