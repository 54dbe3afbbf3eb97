//! Days and times as people say them: "Today", "Yesterday", "Tuesday 24 November 2026", "14:05".

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use super::Text;

/// The civil day of a moment.
#[must_use]
pub fn day(at_ms: u64, zone: &TimeZone) -> Date {
    zone.to_datetime(timestamp(at_ms)).date()
}

/// Milliseconds since 1970 as a moment; what no calendar holds becomes its end.
#[must_use]
pub fn timestamp(at_ms: u64) -> Timestamp {
    let ms = i64::try_from(at_ms).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}

/// "14:05".
#[must_use]
pub fn time(at_ms: u64, zone: &TimeZone) -> String {
    let at = zone.to_datetime(timestamp(at_ms));
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// "Today", "Yesterday", else the whole date.
#[must_use]
pub fn day_name(text: &Text, day: Date, today: Date) -> String {
    if day == today {
        return text.say("date-today");
    }
    if today.yesterday().is_ok_and(|yesterday| day == yesterday) {
        return text.say("date-yesterday");
    }
    text.fill(
        "date-long",
        [
            ("weekday", text.say(weekday_key(day.weekday())).into()),
            ("day", i64::from(day.day()).into()),
            ("month", text.say(month_key(day.month())).into()),
            ("year", i64::from(day.year()).to_string().into()),
        ],
    )
}

/// For lists: the time today, "yesterday", else a short date.
#[must_use]
pub fn short(text: &Text, at_ms: u64, today: Date, zone: &TimeZone) -> String {
    let day = day(at_ms, zone);
    if day == today {
        return time(at_ms, zone);
    }
    if today.yesterday().is_ok_and(|yesterday| day == yesterday) {
        return text.say("date-yesterday");
    }
    text.fill(
        "date-short",
        [
            ("day", format!("{:02}", day.day()).into()),
            ("month", format!("{:02}", day.month()).into()),
            ("year", format!("{:02}", day.year().rem_euclid(100)).into()),
        ],
    )
}

/// "November 2026", as a title.
#[must_use]
pub fn month_name(text: &Text, day: Date) -> String {
    let month = text.say(month_key(day.month()));
    let mut letters = month.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let capital: String = first.chain(letters).collect();
    format!("{capital} {}", day.year())
}

/// The first letter of a weekday, from 0 for Monday: the head of a calendar's column.
#[must_use]
pub fn weekday_letter(text: &Text, column: i8) -> String {
    let day = Weekday::from_monday_zero_offset(column).unwrap_or(Weekday::Monday);
    let name = text.say(weekday_key(day));
    let first = name.chars().next();
    first.into_iter().flat_map(char::to_uppercase).collect()
}

/// When a day begins where the person lives, in milliseconds since 1970.
#[must_use]
pub fn begins(day: Date, zone: &TimeZone) -> Option<u64> {
    let at = zone.to_timestamp(day.at(0, 0, 0, 0)).ok()?;
    u64::try_from(at.as_millisecond()).ok()
}

const fn weekday_key(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "date-monday",
        Weekday::Tuesday => "date-tuesday",
        Weekday::Wednesday => "date-wednesday",
        Weekday::Thursday => "date-thursday",
        Weekday::Friday => "date-friday",
        Weekday::Saturday => "date-saturday",
        Weekday::Sunday => "date-sunday",
    }
}

const fn month_key(month: i8) -> &'static str {
    match month {
        1 => "date-january",
        2 => "date-february",
        3 => "date-march",
        4 => "date-april",
        5 => "date-may",
        6 => "date-june",
        7 => "date-july",
        8 => "date-august",
        9 => "date-september",
        10 => "date-october",
        11 => "date-november",
        _ => "date-december",
    }
}

#[cfg(test)]
mod tests {
    use super::super::Language;
    use super::*;

    const NOON: u64 = 1_795_694_400_000; // 26 November 2026, 12:00 UTC

    #[test]
    fn days_are_named_in_both_languages() {
        let today = day(NOON, &TimeZone::UTC);
        let (en, fr) = (Text::new(Language::En), Text::new(Language::Fr));
        let before = day(NOON - 2 * 86_400_000, &TimeZone::UTC);
        assert_eq!(day_name(&fr, before, today), "mardi 24 novembre 2026");
        assert_eq!(day_name(&en, before, today), "Tuesday 24 November 2026");
        assert_eq!(day_name(&fr, today.yesterday().unwrap(), today), "Hier");
        assert_eq!(day_name(&en, today, today), "Today");
    }

    #[test]
    fn impossible_times_are_shown_as_the_end_of_the_calendar() {
        assert!(!time(u64::MAX, &TimeZone::UTC).is_empty());
    }
}
