//! A citizen's report as a client sends it: a form, hostile until read.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::body::to_bytes;

use crate::api::problem::Problem;
use crate::cases::CitizenReporter;
use crate::dispatch::NewReport;
use crate::dispatch::Service;
use crate::geometry::GeoPoint;

use super::asked::service_of;

/// The longest description with every other field is some KiB, escaped three times that.
const FORM_LEN_MAX: usize = 64 << 10;
const FIELDS_MAX: usize = 100;
/// The standard's own.
const DESCRIPTION_CHARS_MAX: usize = 4_000;
const LINE_CHARS_MAX: usize = 300;

/// The fields of a form; of one given twice the first.
pub(super) struct Form {
    fields: BTreeMap<String, String>,
}

impl Form {
    pub(super) async fn read(body: Body) -> Result<Self, Problem> {
        let bytes = to_bytes(body, FORM_LEN_MAX).await.map_err(|_| {
            let detail = format!("the form is longer than {FORM_LEN_MAX} bytes or broke off");
            Problem::bad_request(detail)
        })?;
        Ok(Self::parse(&bytes))
    }

    fn parse(bytes: &[u8]) -> Self {
        let mut fields = BTreeMap::new();
        for (key, value) in url::form_urlencoded::parse(bytes).take(FIELDS_MAX) {
            let value = value.trim();
            if !value.is_empty() {
                fields.entry(key.into_owned()).or_insert_with(|| value.to_owned());
            }
        }
        Self { fields }
    }

    pub(super) fn report(mut self, services: &[Service]) -> Result<NewReport, Problem> {
        let code = self.line("service_code")?;
        let code = code.ok_or_else(|| Problem::bad_request("service_code is required"))?;
        let class = service_of(&code, services)?.class.clone();
        let place = self.place()?;
        let address = match self.line("address_string")? {
            Some(address) => Some(address),
            None => self.line("address_id")?,
        };
        if place.is_none() && address.is_none() {
            let detail = "a location is required: lat and long, address_string or address_id";
            return Err(Problem::bad_request(detail));
        }
        let names = [self.line("first_name")?, self.line("last_name")?];
        let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
        Ok(NewReport {
            class,
            place,
            address,
            description: self.text("description", DESCRIPTION_CHARS_MAX)?,
            reporter: CitizenReporter {
                name: (!name.is_empty()).then_some(name),
                phone: self.line("phone")?,
                email: self.line("email")?,
                media_url: self.line("media_url")?,
            },
        })
    }

    fn place(&mut self) -> Result<Option<GeoPoint>, Problem> {
        let (lat, lon) = (self.degrees("lat", 90.0)?, self.degrees("long", 180.0)?);
        match (lat, lon) {
            (Some(lat), Some(lon)) => Ok(GeoPoint::new(lon, lat).ok()),
            (None, None) => Ok(None),
            _ => Err(Problem::bad_request("lat and long are only of use together")),
        }
    }

    fn degrees(&mut self, key: &str, max: f64) -> Result<Option<f64>, Problem> {
        let Some(text) = self.fields.remove(key) else { return Ok(None) };
        let degrees = text.parse().ok().filter(|degrees| (-max..=max).contains(degrees));
        let fault = || Problem::bad_request(format!("{key}: must be degrees, -{max} to {max}"));
        degrees.map(Some).ok_or_else(fault)
    }

    fn line(&mut self, key: &str) -> Result<Option<String>, Problem> {
        self.text(key, LINE_CHARS_MAX)
    }

    /// Never quotes what is too long: it may be anybody's.
    fn text(&mut self, key: &str, chars_max: usize) -> Result<Option<String>, Problem> {
        let text = self.fields.remove(key);
        if text.as_ref().is_some_and(|text| text.chars().count() > chars_max) {
            let detail = format!("{key}: must be at most {chars_max} characters");
            return Err(Problem::bad_request(detail));
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::city::ClassId;

    use super::*;

    fn report(form: &str) -> Result<NewReport, Problem> {
        let class = ClassId::new("garbage_pile").unwrap();
        let name = "Garbage".to_owned();
        let service = Service { code: "0102".to_owned(), class, name, group: String::new() };
        Form::parse(form.as_bytes()).report(&[service])
    }

    #[test]
    fn reads_what_the_standard_names() {
        let form = "api_key=x&service_code=0102&lat=34.705&long=113.605&first_name=Li&last_name=Wei\
            &phone=13812345678&email=li%40example.cn&description=a+heap&attribute%5BX%5D=1";
        let read = report(form).unwrap();
        assert_eq!(read.place, GeoPoint::new(113.605, 34.705).ok());
        assert_eq!(read.reporter.name.as_deref(), Some("Li Wei"));
        assert_eq!(read.description.as_deref(), Some("a heap"));
        assert!(!format!("{read:?}").contains("138"));
    }

    #[test]
    fn refuses_what_is_no_report() {
        let long = format!("service_code=0102&address_id=7&description={}", "x".repeat(4_001));
        let wrong = [
            "",
            "service_code=0102",
            "lat=1&long=2",
            "service_code=9&lat=1&long=2",
            "service_code=0102&lat=34.7",
            "service_code=0102&lat=north&long=2",
            "service_code=0102&lat=91&long=2",
            "service_code=0102&lat=nan&long=2",
            "service_code=0102&lat=&long=&address_string=+",
            long.as_str(),
        ];
        for form in wrong {
            assert!(report(form).is_err(), "{form:.60}");
        }
        assert!(report("service_code=garbage_pile&address_string=7+Renmin+Road").is_ok());
    }

    proptest! {
        #[test]
        fn any_form_is_read_or_refused(form in "\\PC{0,80}|service_code=0102&(lat|long|address_id)=.{0,20}") {
            let _ = report(&form);
        }
    }
}
