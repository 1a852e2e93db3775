// Formats figures and times in the language of the page.

import { language, t } from "./i18n.js";

const DAY = 86_400;

export function number(value, digits = 0) {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value);
}

export function percent(fraction) {
  return new Intl.NumberFormat(language(), { style: "percent" }).format(Math.floor(fraction * 100) / 100);
}

export function money(value, currency) {
  try {
    const options = { style: "currency", currency, maximumFractionDigits: 4, minimumFractionDigits: 2 };
    return new Intl.NumberFormat(language(), options).format(value);
  } catch {
    return `${number(value, 4)} ${currency}`;
  }
}

/** Duration in its two largest units. */
export function duration(seconds) {
  const unit = (value, name, digits = 0) =>
    new Intl.NumberFormat(language(), { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: digits }).format(value);
  if (seconds < 10) return unit(seconds, "second", 1);
  const whole = Math.round(seconds);
  if (whole < 60) return unit(whole, "second");
  if (whole < 3600) return both(unit(Math.floor(whole / 60), "minute"), whole % 60, "second");
  if (whole < DAY) return both(unit(Math.floor(whole / 3600), "hour"), Math.floor((whole % 3600) / 60), "minute");
  return both(unit(Math.floor(whole / DAY), "day"), Math.floor((whole % DAY) / 3600), "hour");

  function both(first, rest, name) {
    return rest === 0 ? first : `${first} ${unit(rest, name)}`;
  }
}

/** Position in a recording: `3:07`. */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function bytes(count) {
  const megabytes = count / 1e6;
  const [value, unit] = megabytes >= 1000 ? [megabytes / 1000, "gigabyte"] : [megabytes, "megabyte"];
  return new Intl.NumberFormat(language(), { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

/** Level in decibels below full scale (1). */
export function decibels(level) {
  return level > 0 ? `${number(20 * Math.log10(level), 1)} dBFS` : t("level.none");
}

/** Time in the viewer's time zone. */
export function moment(iso) {
  return new Intl.DateTimeFormat(language(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

/** The same without the day. */
export function hourOfDay(iso) {
  return new Intl.DateTimeFormat(language(), { timeStyle: "short" }).format(new Date(iso));
}

/** The same with seconds and without the day. */
export function timeOfDay(iso) {
  return new Intl.DateTimeFormat(language(), { timeStyle: "medium" }).format(new Date(iso));
}

/** Time until or since. */
export function ago(iso, now = Date.now()) {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  const far = Math.abs(seconds);
  const format = new Intl.RelativeTimeFormat(language(), { numeric: "auto", style: "short" });
  if (far < 10) return t("time.now");
  if (far < 60) return format.format(Math.round(seconds), "second");
  if (far < 3600) return format.format(Math.round(seconds / 60), "minute");
  if (far < DAY) return format.format(Math.round(seconds / 3600), "hour");
  if (far < 60 * DAY) return format.format(Math.round(seconds / DAY), "day");
  if (far < 700 * DAY) return format.format(Math.round(seconds / (30.4 * DAY)), "month");
  return format.format(Math.round(seconds / (365.25 * DAY)), "year");
}
