//! One page of a list as an API server sends it: read from bytes into objects, without what nobody reads.
//!
//! Half of a live object is bookkeeping of who wrote which field (`managedFields[].fieldsV1`) or a copy of the whole object
//! (the last-applied annotation, which repeats Secrets in clear). Both are skipped while parsing, before they take memory.

use crate::value::texts::Texts;
use crate::value::{Value, ValueExt};
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// What the beginning of a page says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageHead {
    /// `PodList`.
    pub kind: String,
    /// `v1`.
    pub api_version: String,
    /// The resource version as of which the list was read.
    pub resource_version: Option<String>,
    /// What to ask the next page with; `None` on the last page.
    pub continue_token: Option<String>,
    /// How many items come after this page, when the server says so.
    pub remaining: Option<u64>,
}

/// Why bytes are no page of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageFault {
    /// They end before the list does.
    #[error("the answer was cut short")]
    Cut,
    /// Not JSON, or not an object with a list of items.
    #[error("the answer is not a list of objects: {0}")]
    Malformed(String),
}

/// A page whose items are known by their place: they are taken apart few at a time, because a whole page as objects takes
/// many times what it weighs as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// What its beginning says.
    pub head: PageHead,
    /// Where in its bytes each item is.
    items: Vec<Range<usize>>,
}

/// Finds the items of a page of `item_kind` without taking them apart.
pub fn outline(bytes: &[u8], item_kind: &str) -> Result<Page, PageFault> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let raw = reader
        .deserialize_map(PageVisitor)
        .and_then(|page| reader.end().map(|()| page))
        .map_err(|error| {
            if error.is_eof() {
                PageFault::Cut
            } else if error.to_string().starts_with("recursion limit") {
                PageFault::Malformed(format!(
                    "an object in it is nested deeper than 127 levels, at byte {}",
                    error.column()
                ))
            } else {
                PageFault::Malformed(error.to_string())
            }
        })?;
    let kind = raw.head.kind.as_str();
    // A PodList is no answer to a question for Secrets. A definition may give its list a name of its own; its items then
    // carry their kind.
    let expected = kind.strip_suffix("List") == Some(item_kind);
    let typed = || {
        let first = raw.items.first().and_then(|item| json(item.get()).ok());
        first.is_some_and(|item| item.text_at(&["kind"]) == Some(item_kind))
    };
    if !expected && (matches!(kind, "" | "Status") || kind.ends_with("List") && !typed()) {
        return Err(PageFault::Malformed(format!("it is a {}", shown(kind))));
    }
    let place = |item: &&RawValue| {
        let begin = item.get().as_ptr().addr() - bytes.as_ptr().addr();
        begin..begin + item.get().len()
    };
    Ok(Page {
        items: raw.items.iter().map(place).collect(),
        head: raw.head,
    })
}

impl Page {
    /// The items in runs of at most `weight` bytes, or of one item.
    pub fn runs(&self, weight: usize) -> Vec<Range<usize>> {
        let mut runs = Vec::new();
        let (mut first, mut weighs) = (0, 0);
        for (index, item) in self.items.iter().enumerate() {
            if index > first && weighs + item.len() > weight {
                runs.push(first..index);
                (first, weighs) = (index, 0);
            }
            weighs += item.len();
        }
        if first < self.items.len() {
            runs.push(first..self.items.len());
        }
        runs
    }

    /// These objects of the page, each with its `apiVersion` and `kind` (which the items of a list lack). `bytes` are those
    /// of which this is the outline.
    pub fn objects(&self, bytes: &[u8], run: Range<usize>, item_kind: &str) -> Result<Vec<Value>, PageFault> {
        self.read(bytes, run, item_kind, Within::Object)
    }

    /// The same with who wrote which field.
    pub fn recorded(
        &self,
        bytes: &[u8],
        run: Range<usize>,
        item_kind: &str,
    ) -> Result<Vec<Value>, PageFault> {
        self.read(bytes, run, item_kind, Within::Recorded)
    }

    fn read(
        &self,
        bytes: &[u8],
        run: Range<usize>,
        item_kind: &str,
        within: Within,
    ) -> Result<Vec<Value>, PageFault> {
        let keys = SharedKeys::default();
        let object = Part { keys: &keys, within };
        let places = self.items.get(run).unwrap_or_default();
        places
            .iter()
            .map(|place| {
                let mut reader =
                    serde_json::Deserializer::from_slice(bytes.get(place.clone()).unwrap_or_default());
                let mut item = object
                    .deserialize(&mut reader)
                    .map_err(|error| PageFault::Malformed(error.to_string()))?;
                let typed = item.text_at(&["kind"]).is_some() && item.text_at(&["apiVersion"]).is_some();
                let Ok(members) = item.as_object_mut() else {
                    return Err(PageFault::Malformed("an item is no object".to_owned()));
                };
                if !typed {
                    members.insert(
                        Value::from("apiVersion"),
                        Value::from(self.head.api_version.as_str()),
                    );
                    members.insert(Value::from("kind"), Value::from(item_kind));
                }
                Ok(item)
            })
            .collect()
    }
}

/// All objects of a page of `item_kind`, and what its beginning says.
pub fn objects(bytes: &[u8], item_kind: &str) -> Result<(PageHead, Vec<Value>), PageFault> {
    let page = outline(bytes, item_kind)?;
    let objects = page.objects(bytes, 0..page.items.len(), item_kind)?;
    Ok((page.head, objects))
}

/// A whole answer that is one JSON value, from bytes.
pub fn document(bytes: &[u8]) -> Result<Value, PageFault> {
    plain(serde_json::Deserializer::from_slice(bytes)).map_err(|error| {
        if error.is_eof() {
            PageFault::Cut
        } else {
            PageFault::Malformed(error.to_string())
        }
    })
}

/// One JSON value as an API server writes it. Unlike the engine's own reader it knows no key with a meaning of its own.
pub(crate) fn json(text: &str) -> Result<Value, serde_json::Error> {
    plain(serde_json::Deserializer::from_str(text))
}

fn plain<'de, R: serde_json::de::Read<'de>>(
    mut reader: serde_json::Deserializer<R>,
) -> Result<Value, serde_json::Error> {
    let keys = SharedKeys::default();
    let part = Part {
        keys: &keys,
        within: Within::Plain,
    };
    let value = part.deserialize(&mut reader)?;
    reader.end().map(|()| value)
}

fn shown(kind: &str) -> &str {
    if kind.is_empty() {
        "document without a kind"
    } else {
        kind
    }
}

/// `metadata` of a list.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ListMeta {
    resource_version: Option<String>,
    #[serde(rename = "continue")]
    continue_token: Option<String>,
    remaining_item_count: Option<u64>,
}

#[derive(Default)]
struct RawPage<'a> {
    head: PageHead,
    items: Vec<&'a RawValue>,
}

struct PageVisitor;

impl<'de> Visitor<'de> for PageVisitor {
    type Value = RawPage<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawPage<'de>, A::Error> {
        let mut page = RawPage::default();
        let mut listed = false;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "kind" => page.head.kind = map.next_value()?,
                "apiVersion" => page.head.api_version = map.next_value()?,
                "metadata" => {
                    let meta: ListMeta = map.next_value::<Option<ListMeta>>()?.unwrap_or_default();
                    page.head.resource_version = meta.resource_version;
                    page.head.continue_token = meta.continue_token.filter(|token| !token.is_empty());
                    page.head.remaining = meta.remaining_item_count;
                }
                "items" => {
                    listed = true;
                    // Go writes an empty list that was never made as null.
                    page.items = map
                        .next_value::<Option<Vec<&'de RawValue>>>()?
                        .unwrap_or_default();
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if listed {
            Ok(page)
        } else {
            Err(de::Error::custom("it has no items"))
        }
    }
}

/// Where in an object the reader is; elsewhere nothing is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Object,
    /// An object whose record of who wrote which field is kept.
    Recorded,
    Metadata,
    RecordedMetadata,
    Annotations,
    ManagedFields,
    Plain,
}

impl Within {
    fn below(self, key: &str) -> Self {
        match (self, key) {
            (Self::Object, "metadata") => Self::Metadata,
            (Self::Recorded, "metadata") => Self::RecordedMetadata,
            (Self::Metadata, "managedFields") => Self::ManagedFields,
            (Self::Metadata | Self::RecordedMetadata, "annotations") => Self::Annotations,
            _ => Self::Plain,
        }
    }

    fn skips(self, key: &str) -> bool {
        match self {
            Self::ManagedFields => key == "fieldsV1",
            Self::Annotations => key == "kubectl.kubernetes.io/last-applied-configuration",
            _ => false,
        }
    }

    fn element(self) -> Self {
        match self {
            Self::ManagedFields => Self::ManagedFields,
            _ => Self::Plain,
        }
    }
}

/// The keys of a page, each allocated once: 500 Pods have the same few hundred. Shared by all that is being read.
#[derive(Default)]
struct SharedKeys(RefCell<Texts>);

#[derive(Clone, Copy)]
struct Part<'k> {
    keys: &'k SharedKeys,
    within: Within,
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        if value.is_finite() {
            Ok(Value::from(value))
        } else {
            Err(de::Error::custom("a number is too large"))
        }
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let element = Part {
            keys: self.keys,
            within: self.within.element(),
        };
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(element)? {
            items.push(item);
        }
        Ok(Value::from(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = BTreeMap::new();
        while let Some(key) = map.next_key_seed(Key { keys: self.keys })? {
            if self.within.skips(&key) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = map.next_value_seed(Part {
                keys: self.keys,
                within: self.within.below(&key),
            })?;
            members.insert(Value::String(key), value);
        }
        Ok(Value::from(members))
    }
}

struct Key<'k> {
    keys: &'k SharedKeys,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Arc<str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Arc<str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Arc<str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Arc<str>, E> {
        Ok(self.keys.0.borrow_mut().share(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"42","continue":"abc","remainingItemCount":7},"items":[
      {"metadata":{"name":"a","uid":"1","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"secret\":1}","keep":"me"},
        "managedFields":[{"manager":"kubectl","operation":"Apply","fieldsV1":{"f:metadata":{"f:labels":{}}}}]},
       "spec":{"n":1,"big":123456789012345678901234567890,"f":1.5,"whole":18.0,"tenth":0.1,"exp":1e3,"minus":-0.0,"large":1e21,"neg":-3,"none":null,"yes":true,"fieldsV1":{"kept":"elsewhere"}}},
      {"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}]}
"#;

    #[test]
    fn the_outline_finds_items_without_taking_them_apart() {
        let page = outline(PAGE.as_bytes(), "Pod").unwrap();
        assert_eq!(page.head.kind, "PodList");
        assert_eq!(page.head.resource_version.as_deref(), Some("42"));
        assert_eq!(page.head.continue_token.as_deref(), Some("abc"));
        assert_eq!(page.head.remaining, Some(7));
        assert_eq!(page.items.len(), 2);
        assert_eq!(page.runs(1), [0..1, 1..2], "never less than one item");
        assert_eq!(page.runs(1 << 20), std::slice::from_ref(&(0..2)));
        let second = page.objects(PAGE.as_bytes(), 1..2, "Pod").unwrap();
        assert_eq!(second[0].text_at(&["metadata", "name"]), Some("b"));
        // A cut anywhere is a cut, so that the page can be asked for again.
        for end in [0, 1, PAGE.len() / 2, PAGE.len() - 10] {
            assert_eq!(
                outline(&PAGE.as_bytes()[..end], "Pod"),
                Err(PageFault::Cut),
                "{end}"
            );
        }
    }

    #[test]
    fn an_empty_continue_token_is_none_and_metadata_may_come_last() {
        let page = br#"{"items":[],"kind":"ConfigMapList","apiVersion":"v1","metadata":{"continue":""}}"#;
        let found = outline(page, "ConfigMap").unwrap();
        assert_eq!((&found.head.continue_token, found.head.remaining), (&None, None));
        assert!(found.runs(1).is_empty());
    }

    #[test]
    fn items_are_typed_and_bookkeeping_is_left_out_just_where_it_is_bookkeeping() {
        let (_, objects) = objects(PAGE.as_bytes(), "Pod").unwrap();
        assert_eq!(objects.len(), 2);
        let first = &objects[0];
        assert_eq!(first.text_at(&["kind"]), Some("Pod"));
        assert_eq!(first.text_at(&["apiVersion"]), Some("v1"));
        assert_eq!(first.text_at(&["metadata", "annotations", "keep"]), Some("me"));
        assert_eq!(
            first.at(&["metadata", "annotations"]).unwrap().members().count(),
            1
        );
        let writer = &first.items_at(&["metadata", "managedFields"])[0];
        assert_eq!(writer.text_at(&["manager"]), Some("kubectl"));
        assert!(writer.field("fieldsV1").is_none());
        assert_eq!(first.text_at(&["spec", "fieldsV1", "kept"]), Some("elsewhere"));
        // Where the record is wanted it stays, and nothing else of the bookkeeping.
        let page = outline(PAGE.as_bytes(), "Pod").unwrap();
        let recorded = &page.recorded(PAGE.as_bytes(), 0..1, "Pod").unwrap()[0];
        let writer = &recorded.items_at(&["metadata", "managedFields"])[0];
        assert!(writer.at(&["fieldsV1", "f:metadata", "f:labels"]).is_some());
        assert_eq!(
            recorded.at(&["metadata", "annotations"]),
            first.at(&["metadata", "annotations"])
        );
        assert_eq!(recorded.at(&["spec"]), first.at(&["spec"]));
    }

    #[test]
    fn values_are_what_the_engine_itself_reads() {
        let ours = &objects(PAGE.as_bytes(), "Pod").unwrap().1[0];
        let theirs = Value::from_json_str(PAGE).unwrap();
        let theirs = &theirs.items_at(&["items"])[0];
        assert_eq!(ours.at(&["spec"]), theirs.at(&["spec"]));
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for (bytes, cut) in [
            (&PAGE.as_bytes()[..300], true),
            (
                br#"{"kind":"Status","apiVersion":"v1","items":[]}"#.as_slice(),
                false,
            ),
            (br#"{"kind":"PodList","apiVersion":"v1"}"#, false),
            (br#"{"kind":"PodList","apiVersion":"v1","items":{}}"#, false),
            (br#"{"kind":"PodList","apiVersion":"v1","items":[1]}"#, false),
            (br#"{"kind":"PodList","apiVersion":"v1","items":[]} more"#, false),
            (b"<html>", false),
        ] {
            let fault = objects(bytes, "Pod").unwrap_err();
            assert_eq!(fault == PageFault::Cut, cut, "{fault}");
        }
        assert!(
            objects(br#"{"kind":"PodList","apiVersion":"v1","items":null}"#, "Pod")
                .unwrap()
                .1
                .is_empty()
        );
        let deep = format!(r#"{{"kind":"PodList","items":[{}]}}"#, "[".repeat(100_000));
        assert!(objects(deep.as_bytes(), "Pod").is_err());
    }

    #[test]
    fn a_list_may_have_a_name_of_its_own_but_not_that_of_another_kind() {
        let named = br#"{"kind":"ThingsCollection","apiVersion":"a.io/v1","items":[{"apiVersion":"a.io/v1","kind":"Thing","metadata":{}}],"metadata":{"resourceVersion":"1"}}"#;
        assert_eq!(objects(named, "Thing").unwrap().1.len(), 1);
        for swapped in [
            br#"{"kind":"PodList","apiVersion":"v1","items":[]}"#.as_slice(),
            br#"{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"a"}}]}"#,
        ] {
            assert!(objects(swapped, "Secret").is_err());
        }
    }

    #[test]
    fn a_key_that_json_libraries_use_themselves_is_a_key_like_any_other() {
        let page = br#"{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"a"},"spec":{"options":{"$serde_json::private::Number":"x","b":1}}}]}"#;
        let (_, found) = objects(page, "Pod").unwrap();
        assert_eq!(
            found[0].text_at(&["spec", "options", "$serde_json::private::Number"]),
            Some("x")
        );
    }
}
