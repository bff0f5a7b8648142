//! The values of records, by their types.
//!
//! Source: Route 53 Developer Guide, "Supported DNS record types".

use std::net::{Ipv4Addr, Ipv6Addr};

use super::names::name_problem;

/// The types of records. Source: the model of Route 53, RRType.
pub(crate) const TYPES: [&str; 17] =
    ["SOA", "A", "TXT", "NS", "CNAME", "MX", "NAPTR", "PTR", "SRV", "SPF", "AAAA", "CAA", "DS", "TLSA", "SSHFP", "SVCB", "HTTPS"];

/// The longest character string of a TXT record, in quotation marks.
const STRING: usize = 255;

/// What is wrong with a value of a record of this type.
pub(super) fn problem(kind: &str, value: &str) -> Option<&'static str> {
    let right = match kind {
        "A" if value.parse::<Ipv4Addr>().is_err() => {
            return Some("ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)");
        }
        "AAAA" if value.parse::<Ipv6Addr>().is_err() => {
            return Some("AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)");
        }
        "A" | "AAAA" => true,
        "TXT" | "SPF" => return strings_problem(value),
        "CNAME" | "NS" | "PTR" => is_name(value),
        "MX" => fields(value, &[number::<u16>, is_name]),
        "SRV" => fields(value, &[number::<u16>, number::<u16>, number::<u16>, is_name]),
        "DS" => fields(value, &[number::<u16>, number::<u8>, number::<u8>, is_hex]),
        "TLSA" => fields(value, &[number::<u8>, number::<u8>, number::<u8>, is_hex]),
        "SSHFP" => fields(value, &[number::<u8>, number::<u8>, is_hex]),
        "SOA" => fields(value, &[is_name, is_name, number::<u32>, number::<u32>, number::<u32>, number::<u32>, number::<u32>]),
        "CAA" => matches!(split(value)[..], [flags, tag, text] if number::<u8>(flags) && is_word(tag) && is_quoted(text)),
        "NAPTR" => matches!(split(value)[..], [order, preference, flags, service, expression, replacement]
            if number::<u16>(order) && number::<u16>(preference) && [flags, service, expression].into_iter().all(is_quoted) && is_name(replacement)),
        "SVCB" | "HTTPS" => {
            matches!(split(value)[..], [priority, target, ref params @ ..]
                if number::<u16>(priority) && is_name(target) && (number_of(priority) != Some(0) || params.is_empty()))
        }
        _ => true,
    };
    if right { None } else { Some(shape(kind)) }
}

/// What a value of the type looks like.
fn shape(kind: &str) -> &'static str {
    match kind {
        "CNAME" | "NS" | "PTR" => "DomainNameInvalid (Value is not a valid domain name)",
        "MX" => "MXRRDATAInvalid (Value is not a priority from 0 to 65535 and a domain name)",
        "SRV" => "SRVRRDATAInvalid (Value is not priority, weight and port from 0 to 65535 and a domain name)",
        "DS" => "DSRRDATAInvalid (Value is not key tag, algorithm, digest type and digest)",
        "TLSA" => "TLSARRDATAInvalid (Value is not usage, selector, matching type and data)",
        "SSHFP" => "SSHFPRRDATAInvalid (Value is not algorithm, type and fingerprint)",
        "SOA" => "SOARRDATAInvalid (Value is not two names and five numbers)",
        "CAA" => "CAARRDATAInvalid (Value is not flags from 0 to 255, a tag and a value in quotation marks)",
        "NAPTR" => "NAPTRRRDATAInvalid (Value is not order, preference, three strings in quotation marks and a replacement)",
        _ => "RRDATAInvalid (Value is not a priority and a target with parameters)",
    }
}

type Field = fn(&str) -> bool;

/// Whether the value has just these fields.
fn fields(value: &str, wanted: &[Field]) -> bool {
    let there: Vec<&str> = value.split_ascii_whitespace().collect();
    there.len() == wanted.len() && there.iter().zip(wanted).all(|(field, right)| right(field))
}

/// The fields of a value, of which some are in quotation marks and may have blanks.
fn split(value: &str) -> Vec<&str> {
    let (mut fields, mut from, mut quoted, mut escaped) = (Vec::new(), None, false, false);
    for (at, c) in value.char_indices() {
        if c.is_ascii_whitespace() && !quoted {
            fields.extend(from.take().map(|from| &value[from..at]));
            continue;
        }
        from = from.or(Some(at));
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
    }
    fields.extend(from.map(|from| &value[from..]));
    fields
}

fn number_of(field: &str) -> Option<u64> {
    field.bytes().all(|b| b.is_ascii_digit()).then(|| field.parse().ok()).flatten()
}

fn number<T: TryFrom<u64>>(field: &str) -> bool {
    number_of(field).is_some_and(|number| T::try_from(number).is_ok())
}

fn is_name(field: &str) -> bool {
    field == "." || name_problem(field).is_none()
}

fn is_word(field: &str) -> bool {
    !field.is_empty() && field.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_hex(field: &str) -> bool {
    !field.is_empty() && field.len().is_multiple_of(2) && field.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_quoted(field: &str) -> bool {
    field.len() >= 2 && field.starts_with('"') && field.ends_with('"')
}

/// One string or more in quotation marks, with blanks between them.
fn strings_problem(value: &str) -> Option<&'static str> {
    let strings = split(value);
    if strings.is_empty() || !strings.iter().all(|string| is_quoted(string)) {
        return Some("InvalidCharacterString (Value should be enclosed in quotation marks)");
    }
    let too_long = strings.iter().any(|string| string.len() - 2 - string.matches("\\\"").count() > STRING);
    too_long.then_some("CharacterStringTooLong (Value is too long)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fit_their_types() {
        let txt = format!("\"{}\" \"{}\"", "x".repeat(255), "y z");
        for (kind, right) in [
            ("A", "192.0.2.1"),
            ("AAAA", "2001:db8::1"),
            ("CNAME", "a.b."),
            ("MX", "10 mail.example.com"),
            ("MX", "0 ."),
            ("SRV", "1 10 5269 xmpp.example.com."),
            ("TXT", "\"v=spf1 -all\""),
            ("TXT", &txt),
            ("CAA", "0 issue \"ca.example.com; account=1\""),
            ("NAPTR", "100 50 \"u\" \"E2U+sip\" \"!^.*$!sip:x@example.com!\" ."),
            ("DS", "123 4 5 1F8A"),
            ("TLSA", "3 1 1 D2ABDE24"),
            ("SSHFP", "1 1 09F6A01D"),
            ("HTTPS", "1 . alpn=\"h2,h3\" ipv4hint=192.0.2.1"),
            ("SVCB", "0 svc.example.com"),
            ("SOA", "ns-1.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"),
        ] {
            assert_eq!(problem(kind, right), None, "{kind} {right}");
        }
        let long = format!("\"{}\"", "x".repeat(256));
        for (kind, wrong) in [
            ("A", "192.0.2"),
            ("AAAA", "192.0.2.1"),
            ("CNAME", "a b"),
            ("MX", "mail.example.com"),
            ("MX", "65536 mail.example.com"),
            ("SRV", "x"),
            ("TXT", "no quotes"),
            ("TXT", "\"a\" b"),
            ("TXT", &long),
            ("CAA", "0 issue ca.example.com"),
            ("CAA", "256 issue \"x\""),
            ("DS", "1 2 3 xyz"),
            ("HTTPS", "0 . alpn=h2"),
            ("SOA", "a b 1 2 3"),
        ] {
            assert!(problem(kind, wrong).is_some(), "{kind} {wrong}");
        }
    }
}
