pub(super) fn read(_reader: &mut super::read::Reader<'_, '_>, _fabric: &mut super::fabric::Fabric) {}
