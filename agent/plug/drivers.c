/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drivers.c owns the table of kernel drivers. It must never hold a driver that gives more than its class says. */
#include "plug/drivers.h"
#include "base/str.h"
#include "policy/plugged.h"

/* Names as in /sys/bus/usb/drivers (Linux 6.1 to 6.18). */
static const struct {
    const char *driver;
    unsigned classes;
} drivers[] = {
    {"usbhid", POLICY_CLASS_HID},          {"usbkbd", POLICY_CLASS_HID},
    {"usbmouse", POLICY_CLASS_HID},        {"wacom", POLICY_CLASS_HID},
    {"appletouch", POLICY_CLASS_HID},      {"bcm5974", POLICY_CLASS_HID},
    {"usbtouchscreen", POLICY_CLASS_HID},
    {"hub", POLICY_CLASS_HUB},             {"onboard-usb-dev", POLICY_CLASS_HUB},
    {"onboard-usb-hub", POLICY_CLASS_HUB}, {"snd-usb-audio", POLICY_CLASS_AUDIO},
    {"uvcvideo", POLICY_CLASS_VIDEO},      {"usblp", POLICY_CLASS_PRINTER},
    {"usb-storage", POLICY_CLASS_STORAGE}, {"uas", POLICY_CLASS_STORAGE},
    {"ums-alauda", POLICY_CLASS_STORAGE},  {"ums-cypress", POLICY_CLASS_STORAGE},
    {"ums-datafab", POLICY_CLASS_STORAGE}, {"ums_eneub6250", POLICY_CLASS_STORAGE},
    {"ums-freecom", POLICY_CLASS_STORAGE}, {"ums-isd200", POLICY_CLASS_STORAGE},
    {"ums-jumpshot", POLICY_CLASS_STORAGE},{"ums-karma", POLICY_CLASS_STORAGE},
    {"ums-onetouch", POLICY_CLASS_STORAGE},{"ums-realtek", POLICY_CLASS_STORAGE},
    {"ums-sddr09", POLICY_CLASS_STORAGE},  {"ums-sddr55", POLICY_CLASS_STORAGE},
    {"ums-usbat", POLICY_CLASS_STORAGE},
    {"cdc_ether", POLICY_CLASS_NETWORK},   {"cdc_ncm", POLICY_CLASS_NETWORK},
    {"cdc_mbim", POLICY_CLASS_NETWORK},    {"cdc_eem", POLICY_CLASS_NETWORK},
    {"cdc_subset", POLICY_CLASS_NETWORK},  {"rndis_host", POLICY_CLASS_NETWORK},
    {"rndis_wlan", POLICY_CLASS_NETWORK},  {"ipheth", POLICY_CLASS_NETWORK},
    {"r8152", POLICY_CLASS_NETWORK},       {"r8153_ecm", POLICY_CLASS_NETWORK},
    {"rtl8150", POLICY_CLASS_NETWORK},     {"asix", POLICY_CLASS_NETWORK},
    {"ax88179_178a", POLICY_CLASS_NETWORK},{"aqc111", POLICY_CLASS_NETWORK},
    {"smsc75xx", POLICY_CLASS_NETWORK},    {"smsc95xx", POLICY_CLASS_NETWORK},
    {"lan78xx", POLICY_CLASS_NETWORK},     {"dm9601", POLICY_CLASS_NETWORK},
    {"sr9700", POLICY_CLASS_NETWORK},      {"mcs7830", POLICY_CLASS_NETWORK},
    {"pegasus", POLICY_CLASS_NETWORK},     {"kaweth", POLICY_CLASS_NETWORK},
    {"catc", POLICY_CLASS_NETWORK},        {"qmi_wwan", POLICY_CLASS_NETWORK},
    {"huawei_cdc_ncm", POLICY_CLASS_NETWORK}, {"hso", POLICY_CLASS_NETWORK},
    {"cdc_acm", POLICY_CLASS_SERIAL},      {"btusb", POLICY_CLASS_WIRELESS},
};

/* What a device may be by the presets and mostly is: nobody looks twice, so only what is known binds. */
#define NARROW (POLICY_CLASS_HID | POLICY_CLASS_HUB | POLICY_CLASS_AUDIO | POLICY_CLASS_VIDEO)

bool driver_fits(const char *driver, unsigned classes)
{
    if (*driver == '\0')
        return true;
    for (size_t i = 0; i < array_count(drivers); i++)
        if (str_eq(drivers[i].driver, driver))
            return (drivers[i].classes & classes) != 0;
    return (classes & ~(unsigned)NARROW) != 0;
}
