<?php
/**
 * For .ci/scribunto-phpunit: loads Debian's PHPUnit in front of MediaWiki, and stands in for
 * wikimedia/testing-access-wrapper, which Debian does not have: members of an object whatever their visibility.
 */

namespace Wikimedia;

use ReflectionClass;
use ReflectionMethod;
use ReflectionProperty;

require_once '/usr/share/php/PHPUnit/Autoload.php';
require_once '/usr/share/php/Hamcrest.php';

class TestingAccessWrapper {
	public ?object $object = null;
	private string $class;

	public static function newFromObject( object $object ): self {
		$wrapper = self::newFromClass( get_class( $object ) );
		$wrapper->object = $object;
		return $wrapper;
	}

	public static function newFromClass( string $class ): self {
		$wrapper = new self;
		$wrapper->class = $class;
		return $wrapper;
	}

	public function __get( string $name ) {
		return $this->property( $name )->getValue( $this->object );
	}

	public function __set( string $name, $value ): void {
		$this->property( $name )->setValue( $this->object, $value );
	}

	public function __call( string $name, array $arguments ) {
		return ( new ReflectionMethod( $this->class, $name ) )->invokeArgs( $this->object, $arguments );
	}

	/** A private one belongs to the class that declares it. */
	private function property( string $name ): ReflectionProperty {
		$class = new ReflectionClass( $this->class );
		while ( !$class->hasProperty( $name ) && $class->getParentClass() ) {
			$class = $class->getParentClass();
		}
		return $class->getProperty( $name );
	}
}
