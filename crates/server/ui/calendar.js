// Local days, months and half hours of a device. They are names, not times: no time zone applies.

import { language } from "./i18n.js";

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const MONTH = /^\d{4}-\d{2}$/;

export function isDate(text) {
  return DATE.test(text) && iso(utc(text)) === text;
}

export function isMonth(text) {
  return MONTH.test(text) && isDate(`${text}-01`);
}

/** The day `days` after `date`. */
export function addDays(date, days) {
  const at = utc(date);
  at.setUTCDate(at.getUTCDate() + days);
  return iso(at);
}

/** The month `months` after `month`. */
export function addMonths(month, months) {
  const at = utc(`${month}-01`);
  at.setUTCMonth(at.getUTCMonth() + months);
  return iso(at).slice(0, 7);
}

export function monthOf(date) {
  return date.slice(0, 7);
}

export function thisMonth() {
  return iso(new Date()).slice(0, 7);
}

/** `Friday, 18 July 2025`. */
export function longDay(date) {
  return format(date, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
}

export function longMonth(month) {
  return format(`${month}-01`, { month: "long", year: "numeric" });
}

export function weekday(date) {
  return format(date, { weekday: "narrow" });
}

export function isWeekend(date) {
  return [0, 6].includes(utc(date).getUTCDay());
}

/** Start of a block: `08:30` for `08-30`. */
export function blockStart(block) {
  return block.replace("-", ":");
}

/** Start and end of a block. One off the half-hour grid has only a start. */
export function blockSpan(block) {
  const [hours, minutes] = block.split("-").map(Number);
  if (minutes % 30 !== 0) return blockStart(block);
  return `${blockStart(block)}–${two(minutes === 30 ? hours + 1 : hours)}:${minutes === 30 ? "00" : "30"}`;
}

function two(value) {
  return String(value).padStart(2, "0");
}

function utc(date) {
  return new Date(`${date}T00:00:00Z`);
}

function iso(at) {
  return Number.isNaN(at.getTime()) ? "" : at.toISOString().slice(0, 10);
}

function format(date, options) {
  return new Intl.DateTimeFormat(language(), { timeZone: "UTC", ...options }).format(utc(date));
}
