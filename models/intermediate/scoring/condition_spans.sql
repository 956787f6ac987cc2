with

distinct_values as (

    select distinct
        attribute,
        value
    from {{ ref('attribute_values') }}

),

compared as (

    select
        conditions.condition_id,
        conditions.operator,
        conditions.value as wanted,
        distinct_values.attribute,
        distinct_values.value,
        {{ try_number('distinct_values.value') }} as number,
        {{ try_number("split_part(conditions.value, '|', 1)") }} as first_number,
        {{ try_number("split_part(conditions.value, '|', 2)") }} as second_number
    from distinct_values
    inner join {{ ref('attribute_conditions') }} as conditions
        on distinct_values.attribute = conditions.attribute

),

matched as (

    select
        condition_id,
        attribute,
        -- Empty text never is a value, so it can stand for null in the join below.
        coalesce(value, '') as value_or_empty
    from compared
    where
        (operator = 'equals' and value = wanted)
        or (
            operator = 'in'
            and not {{ contains('value', "'|'") }}
            and {{ contains("'|' || wanted || '|'", "'|' || value || '|'") }}
        )
        or (operator = 'contains' and {{ contains('lower(value)', 'lower(wanted)') }})
        or (operator = 'at_least' and number >= first_number)
        or (operator = 'at_most' and number <= first_number)
        or (operator = 'between' and number >= first_number and number <= second_number)
        or (operator = 'is_present' and value is not null)
        or (operator = 'is_missing' and value is null)

)

select
    attribute_values.lead_id,
    matched.condition_id,
    attribute_values.valid_from as matched_from,
    attribute_values.valid_to as matched_to
from {{ ref('attribute_values') }} as attribute_values
inner join matched
    on
        attribute_values.attribute = matched.attribute
        and coalesce(attribute_values.value, '') = matched.value_or_empty
