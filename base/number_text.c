// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/number_text.h"

#include "base/contract.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef unsigned __int128 wide;

#define MANTISSA_BITS 52
#define POINT_DIGITS_MAX 21 /* behind the point: 10^21 times 53 bits, and 3 more, fit in 128 */
#define POWERS 23           /* of ten, that a double holds exactly */

static const double exact_powers[POWERS] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                            1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

size_t lq_number_text_unsigned(char *to, uint64_t value)
{
    char digits[20];
    size_t count = 0;

    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (size_t at = 0; at < count; at++) {
        to[at] = digits[count - 1 - at];
    }
    return count;
}

size_t lq_number_text_signed(char *to, int64_t value)
{
    if (value >= 0) {
        return lq_number_text_unsigned(to, (uint64_t)value);
    }
    *to = '-';
    return 1 + lq_number_text_unsigned(to + 1, -(uint64_t)value);
}

/* digits * 10^-places, places up to POINT_DIGITS_MAX: zeros at the end are left out. */
static size_t write_fixed(char *to, uint64_t digits, uint32_t places)
{
    char text[20];
    size_t bytes = 0;

    while (places > 0 && digits % 10 == 0) {
        digits /= 10;
        places--;
    }
    size_t count = lq_number_text_unsigned(text, digits);
    if (places == 0) {
        memcpy(to, text, count);
        return count;
    }
    size_t whole = count > places ? count - places : 0;
    if (whole == 0) {
        to[bytes++] = '0';
    }
    memcpy(to + bytes, text, whole);
    bytes += whole;
    to[bytes++] = '.';
    for (size_t zeros = places - (count - whole); zeros > 0; zeros--) {
        to[bytes++] = '0';
    }
    memcpy(to + bytes, text + whole, count - whole);
    return bytes + count - whole;
}

/* How many digits of a number below 10^16 stand before its point; at least 1, and less for what is
 * below 0.1: 0 for 0.0..., -1 for 0.00... */
static int digits_before_point(double value)
{
    int count = 0;

    while (count < 17 && value >= exact_powers[count]) {
        count++;
    }
    while (count <= 0 && count > -5 && value * exact_powers[1 - count] < 1) {
        count--;
    }
    return count;
}

/* Rounded to `count` digits in all, where that is below 2^53 and the division below exact enough to
 * be rounded once: the double nearest to digits * 10^-places. */
static bool round_to(double value, int count, int before, uint64_t *digits, uint32_t *places)
{
    if (count < before) {
        return false;
    }
    *places = (uint32_t)(count - before);
    if (*places >= POWERS) {
        return false;
    }
    double scaled = value * exact_powers[*places] + 0.5;
    if (scaled >= 9007199254740992.0) {
        return false;
    }
    *digits = (uint64_t)scaled;
    return true;
}

static bool short_double(double value, int before, uint64_t *digits, uint32_t *places)
{
    return round_to(value, 15, before, digits, places) &&
           (double)*digits / exact_powers[*places] == value;
}

/* value = mantissa * 2^-shift. The nearest decimal of 16 digits if it lies so near to the value
 * that it reads back, else of 17. Exact: everything is in units of 2^-shift * 10^-places. */
static bool long_double(uint64_t mantissa, int shift, int before, uint64_t *digits,
                        uint32_t *places)
{
    *places = (uint32_t)(17 - before);
    wide power = 1;
    for (uint32_t count = 0; count < *places; count++) {
        power *= 10;
    }
    wide scaled = (wide)mantissa * power; /* below 2^53 * 2^70 */
    wide unit = (wide)1 << shift;
    wide half_gap = mantissa == UINT64_C(1) << MANTISSA_BITS ? power / 4 : power / 2;
    uint64_t of_16 = (uint64_t)((scaled + 5 * unit) / (10 * unit));
    wide back = (wide)of_16 * 10 * unit;
    wide distance = back > scaled ? back - scaled : scaled - back;

    if (distance < half_gap) {
        *digits = of_16;
        *places -= 1;
    } else {
        *digits = (uint64_t)((scaled + unit / 2) / unit);
    }
    return true;
}

/* Positive, from 1e-4 on, below 1e15. */
static bool usual_double(double value, uint64_t *digits, uint32_t *places)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    int before = digits_before_point(value);
    if (short_double(value, before, digits, places)) {
        return true;
    }
    uint64_t mantissa = (bits & ((UINT64_C(1) << MANTISSA_BITS) - 1)) | UINT64_C(1)
                                                                            << MANTISSA_BITS;
    int shift = 1023 + MANTISSA_BITS - (int)(bits >> MANTISSA_BITS);
    if (shift < 2 || shift > 66 || 17 - before > POINT_DIGITS_MAX) {
        return false;
    }
    return long_double(mantissa, shift, before, digits, places);
}

size_t lq_number_text_double(char *to, double value)
{
    size_t sign = 0;
    uint64_t digits, bits;
    uint32_t places;

    memcpy(&bits, &value, sizeof bits);
    if (bits >> 63 != 0) {
        *to = '-';
        sign = 1;
        value = -value;
    }
    LQ_ASSERT(value <= 1.7976931348623157e308);
    if (value == 0) {
        to[sign] = '0';
        return sign + 1;
    }
    if (value >= 1e-4 && value < 1e15 && usual_double(value, &digits, &places)) {
        return sign + write_fixed(to + sign, digits, places);
    }
    return sign + (size_t)snprintf(to + sign, LQ_NUMBER_TEXT_BYTES_MAX - sign, "%.17g", value);
}

size_t lq_number_text_float(char *to, float value)
{
    size_t sign = 0;
    uint64_t digits;
    uint32_t places, bits;

    memcpy(&bits, &value, sizeof bits);
    if (bits >> 31 != 0) {
        *to = '-';
        sign = 1;
        value = -value;
    }
    LQ_ASSERT(value <= 3.4028235e38F);
    if (value == 0) {
        to[sign] = '0';
        return sign + 1;
    }
    int before = value >= 1e-4F && value < 1e9F ? digits_before_point((double)value) : 10;
    for (int count = 6; before <= 9 && count <= 9; count++) {
        if (round_to((double)value, count, before, &digits, &places) &&
            (float)((double)digits / exact_powers[places]) == value) {
            return sign + write_fixed(to + sign, digits, places);
        }
    }
    return sign +
           (size_t)snprintf(to + sign, LQ_NUMBER_TEXT_BYTES_MAX - sign, "%.9g", (double)value);
}
