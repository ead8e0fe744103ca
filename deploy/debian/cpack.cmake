# Debian packages: cmake -B build -DCMAKE_INSTALL_PREFIX=/usr && cmake --build build && (cd build && cpack -G DEB)
# One for each program; dpkg-shlibdeps finds their dependencies.
set(here ${CMAKE_SOURCE_DIR}/deploy/debian)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME boltzd)
set(CPACK_PACKAGE_VENDOR "boltzd")
set(CPACK_PACKAGE_CONTACT "boltzd maintainers <maintainers@boltzd.example>")
set(CPACK_PACKAGE_HOMEPAGE_URL "https://boltzd.example/")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR OFF)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL boltzd boltz)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)

set(CPACK_DEBIAN_BOLTZD_PACKAGE_NAME boltzd)
set(CPACK_DEBIAN_BOLTZD_PACKAGE_SECTION net)
set(CPACK_COMPONENT_BOLTZD_DESCRIPTION "serve trained Boltzmann machines over HTTP
A daemon that loads trained Boltzmann machines - restricted, deep, general,
multimodal - and answers over HTTP: free energies, hidden features,
reconstruction, sampling, classes, nearest neighbours.")
set(CPACK_DEBIAN_BOLTZD_PACKAGE_SUGGESTS "boltz")
set(CPACK_DEBIAN_BOLTZD_PACKAGE_CONTROL_EXTRA "${here}/conffiles;${here}/postinst;${here}/prerm;${here}/postrm")

set(CPACK_DEBIAN_BOLTZ_PACKAGE_NAME boltz)
set(CPACK_COMPONENT_BOLTZ_DESCRIPTION "train Boltzmann machines and work with them offline
Trains restricted, deep, general and multimodal Boltzmann machines on
pictures, tables, counts and sequences, measures their likelihood, draws
from them, and writes them as files that boltzd serves.")
set(CPACK_DEBIAN_BOLTZ_PACKAGE_RECOMMENDS "libopenblas0-pthread | libopenblas0")
set(CPACK_DEBIAN_BOLTZ_PACKAGE_SUGGESTS "openmpi-bin")

# What a Debian package has in addition: copyright, changelog, an empty folder for models.
install(FILES ${here}/copyright DESTINATION share/doc/boltzd COMPONENT boltzd)
install(FILES ${here}/copyright DESTINATION share/doc/boltz COMPONENT boltz)
find_program(GZIP gzip)
if(GZIP AND Python3_FOUND)
  foreach(package boltzd boltz)
    set(changelog ${CMAKE_BINARY_DIR}/changelog-${package}/changelog.gz)
    install(CODE "file(MAKE_DIRECTORY \"${CMAKE_BINARY_DIR}/changelog-${package}\")
execute_process(COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/scripts/debian-changelog ${package} ${PROJECT_VERSION}
                COMMAND ${GZIP} -9nc OUTPUT_FILE ${changelog} COMMAND_ERROR_IS_FATAL ANY)"
            COMPONENT ${package})
    install(FILES ${changelog} DESTINATION share/doc/${package} COMPONENT ${package})
  endforeach()
endif()
include(CPack)
