//! Where the model runs.

use std::str::FromStr;

use super::ModelError;
use super::bert::ops::Kernels;

/// An open device.
#[derive(Debug, Clone)]
pub struct Device {
    pub(super) inner: candle_core::Device,
    name: String,
}

impl Device {
    /// The processor.
    #[must_use]
    pub fn cpu() -> Self {
        Self { inner: candle_core::Device::Cpu, name: "cpu".to_owned() }
    }

    /// `cpu`, `cuda:0`, `metal`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The form of the operations that runs here.
    #[must_use]
    pub fn kernels(&self) -> Kernels {
        if self.inner.is_cpu() { Kernels::Fused } else { Kernels::Composed }
    }

    fn cuda(ordinal: usize) -> Result<Self, ModelError> {
        if !candle_core::utils::cuda_is_available() {
            return Err(unavailable("cuda", "this build has no CUDA; build with --features cuda, or use --device cpu"));
        }
        let inner = candle_core::Device::new_cuda(ordinal)
            .map_err(|e| unavailable(&format!("cuda:{ordinal}"), &format!("{e}; use --device cpu")))?;
        Ok(Self { inner, name: format!("cuda:{ordinal}") })
    }

    fn metal() -> Result<Self, ModelError> {
        if !candle_core::utils::metal_is_available() {
            return Err(unavailable(
                "metal",
                "this build has no Metal; build with --features metal, or use --device cpu",
            ));
        }
        let inner =
            candle_core::Device::new_metal(0).map_err(|e| unavailable("metal", &format!("{e}; use --device cpu")))?;
        Ok(Self { inner, name: "metal".to_owned() })
    }
}

fn unavailable(device: &str, why: &str) -> ModelError {
    ModelError::Device { device: device.to_owned(), why: why.to_owned() }
}

impl FromStr for Device {
    type Err = ModelError;

    /// Opens the device that `auto`, `cpu`, `cuda`, `cuda:N` or `metal` names. `auto` takes the first that works.
    fn from_str(text: &str) -> Result<Self, ModelError> {
        match text {
            "auto" => Ok(Self::cuda(0).or_else(|_| Self::metal()).unwrap_or_else(|_| Self::cpu())),
            "cpu" => Ok(Self::cpu()),
            "cuda" => Self::cuda(0),
            "metal" => Self::metal(),
            _ => match text.strip_prefix("cuda:").and_then(|number| number.parse().ok()) {
                Some(ordinal) => Self::cuda(ordinal),
                None => Err(unavailable(
                    &text.escape_debug().to_string(),
                    "no such device; choose auto, cpu, cuda:N or metal",
                )),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_understood() {
        assert_eq!("cpu".parse::<Device>().unwrap().name(), "cpu");
        assert!("auto".parse::<Device>().is_ok());
        for wrong in ["gpu", "cuda:", "cuda:x", "", "CPU"] {
            let error = wrong.parse::<Device>().unwrap_err().to_string();
            assert!(error.contains("choose auto, cpu, cuda:N or metal"), "{error}");
        }
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_device_that_was_not_built_in_says_how_to_get_it() {
        let error = "cuda:1".parse::<Device>().unwrap_err().to_string();
        assert!(error.contains("--features cuda"), "{error}");
    }
}
