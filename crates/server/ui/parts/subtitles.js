// Segments as subtitles.

/** The segments of a recording as `srt` or `vtt`. */
export function cues(segments, format) {
  const mark = format === "srt" ? "," : ".";
  const cue = (segment, at) => `${format === "srt" ? `${at + 1}\n` : ""}${stamp(segment.start, mark)} --> ${stamp(segment.end, mark)}\n${format === "vtt" ? escaped(segment.text) : segment.text.trim()}\n`;
  return `${format === "vtt" ? "WEBVTT\n\n" : ""}${segments.map(cue).join("\n")}`;
}

function stamp(seconds, mark) {
  const thousandths = Math.round(seconds * 1000);
  const two = (value) => String(Math.floor(value)).padStart(2, "0");
  return `${two(thousandths / 3_600_000)}:${two((thousandths / 60_000) % 60)}:${two((thousandths / 1000) % 60)}${mark}${String(thousandths % 1000).padStart(3, "0")}`;
}

/** WebVTT reads `<` as markup. */
function escaped(text) {
  return text.trim().replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
